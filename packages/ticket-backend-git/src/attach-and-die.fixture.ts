// Attaches a file and dies of SIGKILL at a step of the write. Its last argument says where, and at which step.
import { builtinTypes, createJudge } from "@wiggum/ticket-core";
import { createGitBackend } from "./create-git-backend.js";

export interface DyingOrder {
  readonly root: string;
  readonly step: string;
  readonly operationId: string;
}

const { root, step, operationId } = JSON.parse(process.argv.at(-1) ?? "") as DyingOrder;
const backend = createGitBackend({
  root,
  judge: createJudge(builtinTypes),
  atStep: (reached) => {
    if (reached === step) process.kill(process.pid, "SIGKILL");
  },
});
await backend.attachments.add({
  operationId,
  actor: { kind: "person", id: "ann" },
  at: "2026-01-02T03:04:05Z",
  id: "tk-0001",
  name: "log.txt",
  content: new TextEncoder().encode("whole\n"),
});
