/** What may be done without a question. `pattern` may hold `*` and `?`; the last rule that fits decides, as in OpenCode itself. */
export interface PermissionRule {
  /** `bash`, `edit`, `read`, `webfetch`, `external_directory`, … or `*`. */
  readonly permission: string;
  readonly pattern: string;
  readonly action: "allow" | "deny" | "ask";
}

/** How a request is answered that OpenCode's own rules leave open. */
export type Verdict =
  | { readonly kind: "allow" }
  /** `reason` reaches the model as the error of its tool: it can go on in another way. */
  | { readonly kind: "deny"; readonly reason: string }
  /** A person is asked, and has until the deadline. */
  | { readonly kind: "raise" };

/** What is always said, before the rules of anybody else: these two ask by default, and a question that nobody expects hangs. */
export const explicitRules: readonly PermissionRule[] = [
  { permission: "external_directory", pattern: "*", action: "deny" },
  { permission: "doom_loop", pattern: "*", action: "deny" },
];

/**
 * Rules from the text of `OPENCODE_PERMISSION`: JSON, for each permission an action or a mapping of patterns to actions.
 * A text that is no such JSON gives no rules.
 */
export function rulesOfJson(text: string | undefined): readonly PermissionRule[] {
  if (text === undefined || text === "") return [];
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return [];
  }
  if (isAction(said)) return [{ permission: "*", pattern: "*", action: said }];
  return entriesOf(said).flatMap(([permission, value]) =>
    isAction(value)
      ? [{ permission, pattern: "*", action: value }]
      : entriesOf(value).flatMap(([pattern, action]) =>
          isAction(action) ? [{ permission, pattern, action }] : [],
        ),
  );
}

/**
 * Without rules that never decide because another one says the same of more: an agent's own folder within one that all may write into. What is
 * left is the same for all agents of a project, so that they can share a server.
 */
export function essentialRules(rules: readonly PermissionRule[]): readonly PermissionRule[] {
  return rules.filter((rule, index) => {
    const isOfBoth = (one: PermissionRule) => one.permission === rule.permission || one.permission === "*";
    const before = rules
      .slice(0, index)
      .findLastIndex(
        (one) =>
          one.permission === rule.permission &&
          one.action === rule.action &&
          isWithin(rule.pattern, one.pattern),
      );
    if (before < 0) return true;
    return rules.slice(before + 1, index).some((one) => isOfBoth(one) && one.action !== rule.action);
  });
}

/**
 * The same rules as OpenCode's configuration has them. Sessions that a session starts know the configuration alone, not the rules that their
 * parent was made with.
 */
export function configurationOf(
  rules: readonly PermissionRule[],
): Readonly<Record<string, PermissionRule["action"] | Readonly<Record<string, PermissionRule["action"]>>>> {
  const said: Record<string, Record<string, PermissionRule["action"]>> = {};
  for (const { permission, pattern, action } of rules) {
    const { [pattern]: _, ...others } = said[permission] ?? {};
    // The last one that fits decides: a pattern that is said again belongs to the end.
    said[permission] = { ...others, [pattern]: action };
  }
  // Some permissions have no patterns, and refuse a mapping.
  return Object.fromEntries(
    Object.entries(said).map(([permission, patterns]) => {
      const { "*": whole, ...others } = patterns;
      return [permission, whole !== undefined && Object.keys(others).length === 0 ? whole : patterns];
    }),
  );
}

/** All patterns of a request must be allowed; one that is denied decides. Without a rule a person is asked. */
export function judge(
  request: { readonly permission: string; readonly patterns: readonly string[] },
  rules: readonly PermissionRule[],
): Verdict {
  const patterns = request.patterns.length === 0 ? ["*"] : request.patterns;
  const actions = patterns.map((pattern) => {
    const rule = rules.findLast(
      (one) => fits(request.permission, one.permission) && fits(pattern, one.pattern),
    );
    return { pattern, action: rule?.action ?? "ask" };
  });
  const denied = actions.find(({ action }) => action === "deny");
  if (denied !== undefined) {
    return {
      kind: "deny",
      reason: `The rules of this project do not allow ${request.permission} of ${denied.pattern}`,
    };
  }
  return actions.every(({ action }) => action === "allow") ? { kind: "allow" } : { kind: "raise" };
}

/** Everything that begins so: the one kind of pattern that is easily seen to hold another. */
function isWithin(pattern: string, other: string): boolean {
  const beginning = other.slice(0, -1);
  return other.endsWith("*") && !/[*?]/.test(beginning) && pattern.startsWith(beginning);
}

/** Linear in both: texts come from a model. */
export function fits(text: string, pattern: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const sign = pattern[from];
    if (sign === "*") {
      star = from;
      resumeAt = at;
      from += 1;
    } else if (sign === "?" || sign === text[at]) {
      from += 1;
      at += 1;
    } else if (star >= 0) {
      from = star + 1;
      resumeAt += 1;
      at = resumeAt;
    } else return false;
  }
  while (pattern[from] === "*") from += 1;
  return from === pattern.length;
}

function isAction(value: unknown): value is PermissionRule["action"] {
  return value === "allow" || value === "deny" || value === "ask";
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
