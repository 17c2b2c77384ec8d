// A file of its own in the built command: see provideParsers() in main.ts.
export * from "@wiggum/ticket-core/parsers";
