/** What a value is taken from. `target` = an agent or a ticket. `text` = from the person's head: nothing is proposed. */
export type CandidateKind =
  | "ticket"
  | "agent"
  | "role"
  | "state"
  | "type"
  | "label"
  | "hook"
  | "event"
  | "salvage"
  | "tool"
  | "target"
  | "shell"
  | "file"
  | "folder"
  | "text";

/** By the placeholder that help shows: it says already what a value is. Every placeholder of the command line stands here. */
export const kindOfPlaceholder: Readonly<Record<string, CandidateKind>> = {
  id: "ticket",
  ticket: "ticket",
  on: "ticket",
  ID: "ticket",
  agent: "agent",
  AGENT: "agent",
  role: "role",
  ROLE: "role",
  state: "state",
  "S,S": "state",
  T: "type",
  "T,T": "type",
  LABEL: "label",
  "L,L": "label",
  hook: "hook",
  event: "event",
  name: "salvage",
  shell: "shell",
  tool: "tool",
  target: "target",
  PATH: "file",
  path: "file",
  FOLDER: "folder",
  COMMAND: "text",
  FLAG: "text",
  "KIND:TARGET": "text",
  N: "text",
  NAME: "text",
  "NAME=VALUE": "text",
  "FROM=TO": "text",
  OP: "text",
  TEXT: "text",
  WHEN: "text",
  WORD: "text",
  WORDS: "text",
  answer: "text",
  keys: "text",
  message: "text",
  number: "text",
  operation: "text",
  prompt: "text",
  reason: "text",
  resolution: "text",
  source: "text",
  text: "text",
  title: "text",
  words: "text",
};
