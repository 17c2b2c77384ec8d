import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import { completionScripts, type Shell } from "../completion/scripts.js";
import type { Context } from "../context.js";

export default defineCommand({
  examples: ["wiggum completion bash", "wiggum completion zsh", "wiggum completion fish"],
  details: [
    "The Tab key then completes commands, flags, states, tickets, agents, roles, hooks and files; zsh and fish show the titles of tickets, too. A line in the start file of your shell brings it to every terminal:",
    '~/.bashrc: eval "$(wiggum completion bash)"',
    '~/.zshrc, below compinit: eval "$(wiggum completion zsh)"',
    "~/.config/fish/config.fish: wiggum completion fish | source",
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "shell", brief: "bash, zsh or fish", parse: asShell }],
    },
  },
  async run(_context: Context, _flags: object, shell: Shell) {
    const script = completionScripts[shell];
    return { data: { shell, script }, text: script };
  },
});

function asShell(text: string): Shell {
  if (Object.hasOwn(completionScripts, text)) return text as Shell;
  throw usageError(`<shell>: '${text}' is none of ${Object.keys(completionScripts).join(", ")}`);
}
