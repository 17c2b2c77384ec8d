import { decodeTicket, encodeTicket } from "../../codec.js";
import { isTicketError } from "../../errors.js";
import { isTicketId } from "../../ids.js";
import type { Ticket } from "../../ticket.js";
import { type BrokenAdapter, storedNow, withChanges } from "./broken-adapter.js";

export const contentFaults: readonly BrokenAdapter[] = [
  {
    fault: "takes a key that nobody declared for its own, and drops it",
    breaks: ["unknown-fields"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            if (change.next === null) return change;
            const { reviewer: _dropped, ...fields } = change.next.fields;
            return { ...change, next: { ...change.next, fields } };
          }),
        ),
    }),
  },
  {
    fault: "writes every ticket anew, in its own words",
    breaks: ["bytes"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            const { next, verbatim } = change;
            if (!isTicketId(next?.id) || verbatim !== undefined) return change;
            const text = encodeTicket(next);
            return { ...change, next: decodeTicket(text), verbatim: text };
          }),
        ),
    }),
  },
  {
    fault: "stores a text that was handed in without looking whose it is",
    breaks: ["verbatim"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) =>
            change.verbatim === undefined ? change : { ...change, next: decodeTicket(change.verbatim) },
          ),
        ),
    }),
  },
  {
    fault: "turns line ends into those of Unix",
    breaks: ["hostile-texts"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            if (change.next === null) return change;
            const body = change.next.body.replaceAll("\r\n", "\n");
            return { ...change, next: { ...change.next, body } };
          }),
        ),
    }),
  },
  {
    fault: "normalises bodies and titles: other bytes that look the same",
    breaks: ["bytes", "hostile-texts"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            if (change.next === null || change.verbatim !== undefined) return change;
            const { title, body } = change.next;
            return { ...change, next: { ...change.next, title: title.normalize(), body: body.normalize() } };
          }),
        ),
    }),
  },
  {
    fault: "normalises what nobody declared",
    breaks: ["unknown-fields"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            if (change.next === null) return change;
            const fields = JSON.parse(JSON.stringify(change.next.fields).normalize()) as Ticket["fields"];
            return { ...change, next: { ...change.next, fields } };
          }),
        ),
    }),
  },
  {
    fault: "normalises a text that a person wrote",
    breaks: ["bytes"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            const { next, verbatim } = change;
            if (next === null || verbatim === undefined) return change;
            return {
              ...change,
              next: { ...next, title: next.title.normalize(), body: next.body.normalize() },
              verbatim: verbatim.normalize(),
            };
          }),
        ),
    }),
  },
  {
    fault: "ends front matter at the last separator, not at the first",
    breaks: ["hostile-texts"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) => {
            if (change.next === null) return change;
            const body = change.next.body.replace(/^\n---\nid: [\s\S]*?\n---\n/, "");
            return { ...change, next: { ...change.next, body } };
          }),
        ),
    }),
  },
  {
    fault: "cuts bodies at 64 KiB",
    breaks: ["large-bodies"],
    wrap: (sound) => ({
      commit: async (commit) =>
        sound.commit(
          await withChanges(commit, (change) =>
            change.next === null
              ? change
              : { ...change, next: { ...change.next, body: change.next.body.slice(0, 65_536) } },
          ),
        ),
    }),
  },
  {
    fault: "makes harmless ids out of harmful ones",
    breaks: ["hostile-ids"],
    wrap: (sound) => ({
      commit: async (commit) => {
        try {
          return await sound.commit(commit);
        } catch (error) {
          if (!isTicketError(error, "ID_INVALID")) throw error;
          const harmless = (id: string) => `x-${id.replace(/\W/g, "").slice(0, 20)}`;
          const remade = await withChanges(commit, (change) => {
            const id = harmless(change.id);
            return { ...change, id, next: change.next && { ...change.next, id } };
          });
          return sound.commit(remade);
        }
      },
    }),
  },
  {
    fault: "files a ticket under whatever id it is handed in with",
    breaks: ["own-id"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const remade = await withChanges(commit, async (change) => {
          const { id, next } = change;
          if (next === null || next.id === id) return change;
          const current = await storedNow(sound, id);
          return current === undefined ? { ...change, next: { ...next, id } } : change;
        });
        return sound.commit(remade);
      },
    }),
  },
];
