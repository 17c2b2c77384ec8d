/** What `wiggum help <topic>` explains: pages of the documentation, which go with the command. */
export const topics: Readonly<Record<string, { readonly brief: string }>> = {
  configuration: { brief: "Settings, roles, prompts and their placeholders" },
  "ticket-types": { brief: "States, transitions, fields and roles: ticket_types.json" },
  "ticket-format": { brief: "What a ticket's file holds" },
  hooks: { brief: "Programs that go with a transition" },
  "exit-codes": { brief: "Exit codes and error codes" },
  "command-line": { brief: "What scripts may rely on" },
  json: { brief: "What --json prints" },
  recovery: { brief: "What a crash leaves, and who goes on" },
  glossary: { brief: "One word for one thing" },
};
