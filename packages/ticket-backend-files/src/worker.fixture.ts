// A program for the tests: a bare process that works on a folder like any command would. Its order comes as JSON on the command line.
import { appendFileSync, writeSync } from "node:fs";
import { createJudge, isTicketError, type TicketWrite } from "@wiggum/ticket-core";
import { createFolderBackend } from "./create-folder-backend.js";
import { createWorkItems } from "./work-items/create-work-items.js";
import { workItemTypes } from "./work-items/statuses.js";
import { workItemsLayout } from "./work-items/work-items-layout.js";

export interface WorkerOrder {
  readonly root: string;
  readonly name: string;
  /** `attach`: the content below. `batch`: the commit below. `claim`: take one ticket, once. `comment`: add events until the rounds are done. `rename`: give titles in rounds. */
  readonly task: "attach" | "batch" | "claim" | "comment" | "rename";
  readonly id: string;
  readonly rounds?: number;
  readonly changes?: readonly TicketWrite[];
  readonly content?: string;
  /** The step (1 = first) at which the process ends itself, or stops. */
  readonly killAt?: number;
  readonly stopAt?: number;
  /** Where acknowledged operations are noted, one on each line. */
  readonly acknowledged?: string;
}

const order = JSON.parse(process.argv[2] ?? "") as WorkerOrder;
const { root, name, id, rounds = 1 } = order;
let steps = 0;
const atStep = () => {
  steps += 1;
  if (steps === order.killAt) process.kill(process.pid, "SIGKILL");
  if (steps !== order.stopAt) return;
  writeSync(1, "stopping\n");
  process.kill(process.pid, "SIGSTOP");
};
const options = { root, lockWaitMs: 60_000, atStep };
const judge = createJudge(workItemTypes);
const backend = createFolderBackend({ ...options, judge, layout: workItemsLayout() });
const at = "2026-01-02T03:04:05Z";
const actor = { kind: "person", id: name } as const;

const tasks: Record<WorkerOrder["task"], () => Promise<string>> = {
  async attach() {
    const content = Buffer.from(order.content ?? "");
    await backend.attachments?.add({ operationId: name, actor, at, id, name: "a.txt", content });
    return `steps ${steps}`;
  },
  async batch() {
    const { changes = [] } = order;
    await backend.commit({ operationId: name, actor, subject: "Batch", at, changes });
    return `steps ${steps}`;
  },
  async claim() {
    const { record } = await backend.read(id);
    if (record === undefined) return "absent";
    const next = { ...record.ticket, assignedAgentId: name, leaseEpoch: record.ticket.leaseEpoch + 1 };
    try {
      await backend.commit({
        operationId: name,
        actor,
        subject: "Claim",
        at,
        changes: [{ id, expected: record.revision, next }],
      });
      return "won";
    } catch (error) {
      if (isTicketError(error, "TICKET_CONFLICT"))
        return `lost to ${error.data.current?.ticket.assignedAgentId}`;
      throw error;
    }
  },
  async comment() {
    const items = createWorkItems(options);
    for (let round = 0; round < rounds; round++) {
      const operationId = `${name}-${round}`;
      await patiently(() =>
        items.addEvent(id, { kind: "comment", body: operationId }, { author: name, operationId }),
      );
      note(operationId);
    }
    return `steps ${steps}`;
  },
  async rename() {
    for (let round = 0; round < rounds; round++) {
      const operationId = `${name}-${round}`;
      for (let isDone = false; !isDone; ) {
        const { record } = await backend.read(id);
        if (record === undefined) return "absent";
        const next = { ...record.ticket, title: operationId };
        const changes = [{ id, expected: record.revision, next }];
        isDone = await backend.commit({ operationId, actor, subject: operationId, at, changes }).then(
          () => true,
          (error: unknown) => {
            if (isTicketError(error, "TICKET_CONFLICT")) return false;
            throw error;
          },
        );
      }
      note(operationId);
    }
    return `steps ${steps}`;
  },
};

function note(operationId: string): void {
  if (order.acknowledged !== undefined) appendFileSync(order.acknowledged, `${operationId}\n`);
}

/** A program without a lock writes `item.md` in two steps: between them it is no item. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      const isPassing =
        isTicketError(error, "TICKET_UNREADABLE") ||
        isTicketError(error, "STORE_BROKEN") ||
        isTicketError(error, "TICKET_NOT_FOUND");
      if (!isPassing) throw error;
    }
  }
}

process.stdout.write(`${await tasks[order.task]()}\n`, () => process.exit(0));
