import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Project } from "@wiggum/control-plane";
import { passes } from "@wiggum/ticket-backend-files";
import {
  addReference,
  encodeTicket,
  type NewTicket,
  type Ticket,
  type TicketFacts,
  typeNamed,
} from "@wiggum/ticket-core";
import type { Host } from "../context.js";
import { findTyped } from "./find-typed.js";
import { checkProjectStatus, stageOf, targetState } from "./project-status.js";
import { externalKind, linkKind, projectMembers, projectTicket, waitingTicket } from "./project-ticket.js";
import { tkError } from "./tk-failure.js";
import type { TkHost } from "./tk-host.js";
import type { TicketDraft, TkStore } from "./tk-store.js";

/** The tickets of the Wiggum project around, or undefined where there is none. Every write goes the way of the `wiggum` command. */
export async function openProjectTickets({ say }: TkHost, host: Host): Promise<TkStore | undefined> {
  // Agents and hooks call back `wiggum`, which lies beside this program.
  const program = [process.execPath, join(dirname(realpathSync(process.argv[1] ?? "")), "bin.cjs")];
  const usual = { quiet: false, verbose: false, json: false, isSupervisor: false, isExamined: false };
  try {
    const project = await host.composition.openProject({ ...usual, notify: say }, { ...host, program });
    return projectTickets(project, say);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "NOT_A_PROJECT") return undefined;
    throw error;
  }
}

function projectTickets(project: Project, say: (line: string) => void): TkStore {
  const { tickets, types } = project;
  let reading: Promise<void> | undefined;

  /** What others changed since the caller last looked is told once, as `wiggum` does. */
  async function look(): Promise<void> {
    reading ??= project.read().then((lines) => {
      for (const line of lines) say(line);
    });
    await reading;
  }
  async function records() {
    await look();
    const page = await tickets.summaries();
    for (const { message } of page.problems) say(`Warning: ${message}`);
    return page.tickets.toSorted((left, right) => (left.ticket.id < right.ticket.id ? -1 : 1));
  }
  async function update(id: string, subject: string, change: (ticket: Ticket) => Ticket): Promise<void> {
    await project.write(id, (write) => tickets.update(id, change, write, subject));
  }
  const withoutLink = (ticket: Ticket, target: string): Ticket => ({
    ...ticket,
    references: ticket.references.filter(
      (reference) => reference.kind !== linkKind || reference.target !== target,
    ),
  });
  const isLinked = ({ references }: Ticket, target: string) =>
    references.some((reference) => reference.kind === linkKind && reference.target === target);

  return {
    async find(typed) {
      await look();
      const ids = await (tickets.backend.ids?.() ??
        records().then((all) => all.map(({ ticket }) => ticket.id)));
      return findTyped(typed, ids);
    },
    list: async () => (await records()).map((record) => projectTicket(record, types)),
    async ready() {
      await look();
      return (await tickets.ready()).map((record) => projectTicket(record, types));
    },
    async blocked() {
      await look();
      return (await tickets.blocked()).map((blocked) => waitingTicket(blocked, types));
    },
    async closed(filter, limit) {
      const changedAt = ({ updatedAt, createdAt }: TicketFacts) => updatedAt ?? createdAt ?? "";
      return (await records())
        .toSorted((left, right) => (changedAt(left.ticket) < changedAt(right.ticket) ? 1 : -1))
        .map((record) => projectTicket(record, types))
        .filter((ticket) => ticket.isOver && passes(ticket, filter))
        .slice(0, limit);
    },
    isStatus({ status, isOver }, wanted) {
      if (status === wanted) return true;
      if (wanted === "closed") return isOver;
      const kinds = Object.values(types.types).filter((type) =>
        type.states.some(({ name }) => name === status),
      );
      return kinds.length > 0 && kinds.every((type) => stageOf(type, status) === wanted);
    },
    async read(id) {
      await look();
      const record = await tickets.show(id);
      const text = record.text ?? encodeTicket(record.ticket);
      return { ticket: projectTicket(record, types), text: Buffer.from(text) };
    },
    members: async () => (await records()).map(projectMembers),
    async create(draft) {
      const input = newTicket(draft);
      const { ticket } = await project.write(undefined, (write) => tickets.create(input, write));
      const { id } = ticket;
      if (draft.design) {
        const { design } = draft;
        await project.write(id, (write) => tickets.setSection(id, "Design", design, write));
      }
      const { assignee } = draft;
      if (assignee) await project.write(id, (write) => tickets.assign(id, assignee, write));
      return id;
    },
    checkStatus: (status) => checkProjectStatus(types, status),
    async setStatus(id, status) {
      const { ticket } = await tickets.show(id);
      const type = typeNamed(types, ticket.type);
      const to = targetState(type, ticket, status);
      if (to === undefined) return ticket.state;
      const edge = type.transitions.find((way) => way.from === ticket.state && way.to === to);
      const claimFor = project.caller.agent?.agentId;
      if (edge?.effects.includes("claim") === true && claimFor === undefined) {
        throw tkError(
          `to start ${id} is to claim it, for an agent`,
          `Run: wiggum ticket claim ${id} <agent>, or: wiggum spawn worker ${id}`,
        );
      }
      return (await project.transition(id, to, { claimFor })).to;
    },
    async addDependency(id, on) {
      if ((await tickets.show(id)).ticket.dependsOn.includes(on)) return false;
      await project.write(id, (write) => tickets.addDependency(id, on, write));
      return true;
    },
    async removeDependency(id, on) {
      if (!(await tickets.show(id)).ticket.dependsOn.includes(on)) return false;
      await project.write(id, (write) => tickets.removeDependency(id, on, write));
      return true;
    },
    async link(ids) {
      let added = 0;
      for (const id of ids) {
        const { ticket } = await tickets.show(id);
        const missing = ids.filter((other) => other !== id && !isLinked(ticket, other));
        if (missing.length === 0) continue;
        added += missing.length;
        await update(id, "Link", (current) =>
          missing.reduce((linked, target) => addReference(linked, { kind: linkKind, target }), current),
        );
      }
      return added;
    },
    async unlink(id, other) {
      let isFound = false;
      for (const [from, to] of [
        [id, other],
        [other, id],
      ] as const) {
        if (!isLinked((await tickets.show(from)).ticket, to)) continue;
        isFound = true;
        await update(from, "Unlink", (ticket) => withoutLink(ticket, to));
      }
      return isFound;
    },
    async addNote(id, text) {
      if (text.trim() === "") throw tkError("a note of a project must have a text");
      const source = project.caller.actor.id;
      await project.write(id, (write) => tickets.addEvent(id, { kind: "comment", source, text }, write));
    },
    file: async (id) => (await project.editableFile(id)).path,
    async submit(id) {
      const report = await project.syncView({ direction: "both", ids: [id], subject: "Ticket update" });
      const [refused] = report.refused;
      if (refused === undefined) return;
      throw tkError(
        `the edit was refused: ${refused.message}`,
        ...(refused.hint === undefined ? [] : [refused.hint]),
        `${refused.path} stays as you left it`,
      );
    },
    close: async () => await project.close(),
  };
}

function newTicket(draft: TicketDraft): NewTicket {
  const { title, description, acceptance, type, priority = "2", externalRef, parent, tags } = draft;
  if (!/^[0-4]$/.test(priority)) throw tkError(`priority '${priority}' is none of 0 (highest) to 4`);
  const criteria = acceptance
    ?.split("\n")
    .map((line) => line.replace(/^\s*(?:[-*]\s+)?(?:\[[ xX]\]\s*)?/, "").trim())
    .filter((line) => line !== "");
  return {
    title,
    description,
    acceptanceCriteria: criteria,
    type,
    priority: Number(priority),
    references: externalRef ? [{ kind: externalKind, target: externalRef }] : undefined,
    parent,
    labels: tags,
  };
}
