// Syncs with an upstream and dies of SIGKILL at a step of it. Its last argument says where, and at which step.
import { builtinTypes, createJudge } from "@wiggum/ticket-core";
import { createUplink } from "./uplink/create-uplink.js";
import type { Upstream } from "./uplink/uplink.js";

export interface DyingSync {
  readonly root: string;
  readonly upstream: Upstream;
  readonly step: string;
}

const { root, upstream, step } = JSON.parse(process.argv.at(-1) ?? "") as DyingSync;
await createUplink({
  root,
  upstream,
  judge: createJudge(builtinTypes),
  host: "second",
  atStep: (reached) => {
    if (reached === step) process.kill(process.pid, "SIGKILL");
  },
}).sync();
