import { addNote } from "./commands/add-note.js";
import { blocked } from "./commands/blocked.js";
import { close } from "./commands/close.js";
import { closed } from "./commands/closed.js";
import { create } from "./commands/create.js";
import { dep } from "./commands/dep.js";
import { edit } from "./commands/edit.js";
import { link } from "./commands/link.js";
import { ls } from "./commands/ls.js";
import { migrateBeads } from "./commands/migrate-beads.js";
import { query } from "./commands/query.js";
import { ready } from "./commands/ready.js";
import { reopen } from "./commands/reopen.js";
import { show } from "./commands/show.js";
import { start } from "./commands/start.js";
import { status } from "./commands/status.js";
import { undep } from "./commands/undep.js";
import { unlink } from "./commands/unlink.js";
import type { TkCommand } from "./tk-call.js";

/** Every command that works with tickets, by what is typed. `help` and `super` stand above them. */
export const builtinCommands: ReadonlyMap<string, TkCommand> = new Map([
  ["create", create],
  ["start", start],
  ["close", close],
  ["reopen", reopen],
  ["status", status],
  ["dep", dep],
  ["undep", undep],
  ["link", link],
  ["unlink", unlink],
  ["ls", ls],
  ["list", ls],
  ["ready", ready],
  ["blocked", blocked],
  ["closed", closed],
  ["show", show],
  ["edit", edit],
  ["add-note", addNote],
  ["query", query],
  ["migrate-beads", migrateBeads],
]);

/** Commands that make the folder of the tickets where there is none. */
export const makesFolder: ReadonlySet<string> = new Set(["create", "migrate-beads"]);
