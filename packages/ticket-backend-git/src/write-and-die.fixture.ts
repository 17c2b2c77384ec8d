// Writes under the authority of an upstream and dies of SIGKILL at a step of it. Its last argument says what, and at which step.
import { builtinTypes, createJudge, type TicketCommit } from "@wiggum/ticket-core";
import { createGitBackend } from "./create-git-backend.js";
import type { Upstream } from "./uplink/uplink.js";

export interface DyingWrite {
  readonly root: string;
  readonly upstream: Upstream;
  readonly step: string;
  readonly commit: TicketCommit;
}

const { root, upstream, step, commit } = JSON.parse(process.argv.at(-1) ?? "") as DyingWrite;
await createGitBackend({
  root,
  judge: createJudge(builtinTypes),
  host: "first",
  authority: { upstream: async () => upstream },
  atStep: (reached) => {
    if (reached === step) process.kill(process.pid, "SIGKILL");
  },
}).commit(commit);
