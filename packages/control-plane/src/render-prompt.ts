/** Names that a prompt may use as `{NAME}`. */
export const promptNames = [
  "TICKET_ID",
  "TICKET_CONTENT",
  "RELEVANT_SPECS",
  "PROJECT_SPECS",
  "DEPENDENCIES",
  "COMMENT",
  "AGENT_ID",
  "ROLE",
  "BRANCH",
  "INBOX",
] as const;

/** A placeholder of prompts, without its braces: `TICKET_ID`. */
export type PromptName = (typeof promptNames)[number];
/** What each placeholder stands for. */
export type PromptValues = Readonly<Record<PromptName, string>>;

/** A prompt with its placeholders replaced. */
export interface RenderedPrompt {
  readonly text: string;
  /** Names that mean nothing, each once; they stay as they are. */
  readonly unknown: readonly string[];
}

const placeholder = /\{([A-Z][A-Z0-9_]*)\}/g;

/** Replaces `{NAME}` in one pass: what a value holds (ticket text, say) is never looked at again. */
export function renderPrompt(template: string, values: PromptValues): RenderedPrompt {
  const text = template.replace(placeholder, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as PromptName] : whole,
  );
  return { text, unknown: unknownPlaceholders(template) };
}

/** Placeholders of a prompt that nothing will replace: a warning at spawn, a finding of `doctor`. */
export function unknownPlaceholders(template: string): readonly string[] {
  const names = [...template.matchAll(placeholder)].map((match) => match[1] ?? "");
  return [...new Set(names)].filter((name) => !(promptNames as readonly string[]).includes(name));
}
