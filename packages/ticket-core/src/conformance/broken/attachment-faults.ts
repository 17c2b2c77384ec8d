import type { AttachmentAddition, TicketAttachments } from "../../attachments.js";
import type { TicketBackend } from "../../backend.js";
import { isTicketError } from "../../errors.js";
import type { ConformanceSetup } from "../conformance-case.js";
import { all } from "../writes.js";
import { type BrokenAdapter, historyOf } from "./broken-adapter.js";

/** Set-ups of stores that were closed. */
const closed = new WeakSet<ConformanceSetup>();

/** A backend whose attachments have some members replaced. */
function attaching(
  change: (sound: TicketAttachments, backend: TicketBackend) => Partial<TicketAttachments>,
): BrokenAdapter["wrap"] {
  return (backend) => ({ attachments: attachmentsOf(backend, (sound) => change(sound, backend)) });
}

/** What is attached under that name now. */
async function current(sound: TicketAttachments, { id, name }: AttachmentAddition) {
  return sound.read(id, name).then(
    ({ attachment }) => attachment,
    () => undefined,
  );
}

export const attachmentFaults: readonly BrokenAdapter[] = [
  {
    fault: "attachment truncation: keeps the bytes up to the first that is zero",
    breaks: ["attachments", "attachments-limits"],
    wrap: attaching((sound) => ({
      add: (addition) => {
        const end = addition.content.indexOf(0);
        return sound.add(end === -1 ? addition : { ...addition, content: addition.content.slice(0, end) });
      },
    })),
  },
  {
    fault: "attachment truncation: keeps the first mebibyte",
    breaks: ["attachments-limits"],
    wrap: attaching((sound) => ({
      add: (addition) =>
        sound.add(
          addition.content.length > sound.limits.maxBytes
            ? addition
            : { ...addition, content: addition.content.slice(0, 1_048_576) },
        ),
    })),
  },
  {
    fault: "lists attachments in the order in which they came",
    breaks: ["attachments"],
    wrap: attaching((sound) => {
      const came: string[] = [];
      return {
        add: (addition) => {
          came.push(addition.name.normalize("NFC"));
          return sound.add(addition);
        },
        list: async (id) => {
          const rank = ({ name }: { name: string }) => came.indexOf(name);
          return (await sound.list(id)).toSorted((left, right) => rank(left) - rank(right));
        },
      };
    }),
  },
  {
    fault: "keeps the attachments of a deleted ticket for the next of its id",
    breaks: ["attachments-of-ticket"],
    wrap: (backend) => {
      const sound = attachmentsOf(backend, () => ({}));
      const kept = new Map<string, AttachmentAddition>();
      return {
        attachments: {
          ...sound,
          add: async (addition) => {
            const receipt = await sound.add(addition);
            kept.set(addition.id, addition);
            return receipt;
          },
        },
        commit: async (commit) => {
          const receipt = await backend.commit(commit);
          const { id, expected } = commit.changes[0] ?? {};
          const old = id !== undefined && expected === null ? kept.get(id) : undefined;
          if (old !== undefined) await sound.add({ ...old, operationId: `${commit.operationId}-kept` });
          return receipt;
        },
      };
    },
  },
  {
    fault: "loses attachments when it is closed",
    breaks: ["reopen"],
    wrap: (backend, setup) => ({
      close: async () => {
        closed.add(setup);
      },
      attachments: attachmentsOf(backend, (sound) => ({
        list: async (id) => (closed.has(setup) ? [] : sound.list(id)),
      })),
    }),
  },
  {
    fault: "attaches over whatever is there",
    breaks: ["attachments-compare-and-swap", "attachments-names"],
    wrap: attaching((sound, backend) => ({
      add: async (addition) => {
        const isKnown = (await backend.outcome(addition.operationId)).status === "committed";
        const found = isKnown ? undefined : await current(sound, addition);
        return sound.add(found === undefined ? addition : { ...addition, replaces: found.revision });
      },
    })),
  },
  {
    fault: "removes whatever the revision",
    breaks: ["attachments-compare-and-swap"],
    wrap: attaching((sound, backend) => ({
      remove: async (removal) => {
        const isKnown = (await backend.outcome(removal.operationId)).status === "committed";
        const found = (await sound.list(removal.id)).find(({ name }) => name === removal.name);
        return sound.remove(
          isKnown || found === undefined ? removal : { ...removal, revision: found.revision },
        );
      },
    })),
  },
  {
    fault: "lets one attach at a time, and refuses the others",
    breaks: ["attachments-all-land"],
    wrap: (backend) => {
      let busyWith: string | undefined;
      return {
        attachments: attachmentsOf(backend, (sound) => ({
          add: async (addition) => {
            if (busyWith !== undefined && busyWith !== addition.name)
              throw new Error("somebody else attaches");
            busyWith = addition.name;
            try {
              return await sound.add(addition);
            } finally {
              busyWith = undefined;
            }
          },
        })),
      };
    },
  },
  {
    fault: "attaches again under an operation id that is known",
    breaks: ["attachments-in-operations", "attachments-operation-once"],
    wrap: attaching((sound, backend) => {
      let repeats = 0;
      return {
        add: async (addition) => {
          const isKnown = (await backend.outcome(addition.operationId)).status === "committed";
          if (!isKnown) return sound.add(addition);
          repeats += 1;
          const replaces = (await current(sound, addition))?.revision;
          const again = { ...addition, operationId: `${addition.operationId}-${repeats}` };
          return sound.add({ ...again, ...(replaces !== undefined && { replaces }) });
        },
      };
    }),
  },
  {
    fault: "keeps operations of attachments apart from those of tickets",
    breaks: ["attachments-beside-tickets", "attachments-in-operations"],
    wrap: attaching((sound) => {
      const own = (operationId: string) => `attachment-${operationId}`;
      const told = <Receipt extends { readonly operationId: string }>(receipt: Receipt): Receipt => ({
        ...receipt,
        operationId: receipt.operationId.replace(/^attachment-/, ""),
      });
      return {
        add: async (addition) =>
          told(await sound.add({ ...addition, operationId: own(addition.operationId) })),
        remove: async (removal) =>
          told(await sound.remove({ ...removal, operationId: own(removal.operationId) })),
      };
    }),
  },
  {
    fault: "answers an attachment with the point in history before it",
    breaks: ["attachments-beside-tickets"],
    wrap: attaching((sound, backend) => {
      const told = new Map<string, string>();
      return {
        add: async (addition) => {
          const { asOf: now } = await backend.list({ ids: [] });
          const receipt = await sound.add(addition);
          const asOf = told.get(receipt.operationId) ?? now;
          told.set(receipt.operationId, asOf);
          return { ...receipt, asOf };
        },
      };
    }),
  },
  {
    fault: "makes safe names out of unsafe ones",
    breaks: ["attachments-names"],
    wrap: attaching((sound) => ({
      add: async (addition) => {
        try {
          return await sound.add(addition);
        } catch (error) {
          if (!isTicketError(error, "ATTACHMENT_INVALID") || error.data.bytes !== undefined) throw error;
          if (error.data.count !== undefined) throw error;
          return sound.add({ ...addition, name: `x${addition.name.replace(/\W/g, "").slice(0, 20)}` });
        }
      },
    })),
  },
  {
    fault: "takes a content that is too large",
    breaks: ["attachments-limits"],
    wrap: attaching((sound) => ({
      add: (addition) =>
        sound.add({ ...addition, content: addition.content.slice(0, sound.limits.maxBytes) }),
    })),
  },
  {
    fault: "lets an agent attach without a claim",
    breaks: ["attachments-fence"],
    wrap: attaching((sound) => ({
      add: ({ fence: _fence, ...addition }) =>
        sound.add({ ...addition, actor: { kind: "person", id: "ann" } }),
    })),
  },
  {
    fault: "leaves attachments out of the history",
    breaks: ["attachments-beside-tickets"],
    wrap: (backend) => ({
      async *history(id) {
        for (const change of await all(historyOf(backend, id))) {
          if (!change.subject.startsWith("Attach ")) yield change;
        }
      },
    }),
  },
];

function attachmentsOf(
  backend: TicketBackend,
  change: (sound: TicketAttachments) => Partial<TicketAttachments>,
): TicketAttachments {
  const { attachments } = backend;
  if (attachments === undefined) throw new Error("the sound backend has no attachments");
  return { ...attachments, ...change(attachments) };
}
