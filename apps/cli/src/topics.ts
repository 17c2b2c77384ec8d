/** What `wiggum help <topic>` explains: pages of the documentation, which go with the command. */
export const topics: Readonly<Record<string, { readonly brief: string }>> = {
  configuration: { brief: "Settings, roles, prompts and their placeholders" },
  "ticket-types": { brief: "States, transitions, fields and roles: ticket_types.json" },
  "ticket-format": { brief: "What a ticket's file holds" },
  "import-export": { brief: "Tickets of other tools, field by field" },
  notifications: { brief: "Who is told what while agents work" },
  remotes: { brief: "Tickets that several hosts exchange" },
  hooks: { brief: "Programs that go with a transition" },
  "exit-codes": { brief: "Exit codes and error codes" },
  "command-line": { brief: "What scripts may rely on" },
  json: { brief: "What --json prints" },
  recovery: { brief: "What a crash leaves, and who goes on" },
  "running-in-tmux": { brief: "Agents in panes: watch them, type to them" },
  "agent-profiles": { brief: "What Wiggum knows of an agent program" },
  "running-agents-safely": { brief: "What agents may do, and sandboxes" },
  upgrading: { brief: "From the shell version, and between versions" },
  glossary: { brief: "One word for one thing" },
};
