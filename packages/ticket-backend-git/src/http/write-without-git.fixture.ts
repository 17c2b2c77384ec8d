// Writes tickets to a git server one after the other, and dies of SIGKILL at a step of it if it is told one. Its last argument says what.
import { builtinTypes, createJudge, type TicketCommit } from "@wiggum/ticket-core";
import { createHttpBackend } from "./create-http-backend.js";

export interface HttpOrder {
  readonly url: string;
  readonly folder?: string;
  readonly commits: readonly TicketCommit[];
  readonly step?: string;
}

const { url, folder, commits, step } = JSON.parse(process.argv.at(-1) ?? "") as HttpOrder;
const backend = createHttpBackend({
  url,
  folder,
  judge: createJudge(builtinTypes),
  host: "without-git",
  atStep: (reached) => {
    if (reached === step) process.kill(process.pid, "SIGKILL");
  },
});
for (const commit of commits) await backend.commit(commit);
const { tickets, problems } = await backend.list();
await backend.close();
process.stdout.write(JSON.stringify({ ids: tickets.map(({ ticket }) => ticket.id), problems }));
