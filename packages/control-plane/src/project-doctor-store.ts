import { existsSync } from "node:fs";
import { planStoreRepair, restoreFromView, whyNative } from "@wiggum/ticket-backend-git";
import { createJudge, type DoctorFinding, isTicketError, type TicketError } from "@wiggum/ticket-core";
import { fromRoot } from "./init-files.js";
import { isLinkedFolder } from "./linked-control.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { layoutNotes } from "./project-relayout.js";

/** The ticket store and the tickets in it. `isUsable`: it can be read. */
export async function examineStore(
  parts: ProjectParts,
  isTypesKnown: boolean,
): Promise<{ readonly findings: readonly ProjectFinding[]; readonly isUsable: boolean }> {
  try {
    // Without their types, tickets are neither right nor wrong.
    const { findings } = isTypesKnown ? await parts.tickets.doctor() : await readable(parts);
    const judge = createJudge(parts.types);
    const repairs = isTypesKnown ? await planStoreRepair(parts.paths.ticketStore, { judge }) : [];
    // A fault of the store that a repair mends is told by that repair.
    const others = findings.filter(({ code }) => code !== "STORE_FAULT" || repairs.length === 0);
    const tickets = others.map((finding): ProjectFinding => ({ ...finding, area: "tickets" }));
    const notes = [...nativeNotes(parts), ...(await layoutNotes(parts))];
    return { findings: [...tickets, ...repairs.map(repairFinding), ...notes], isUsable: true };
  } catch (error) {
    if (!isTicketError(error, "STORE_BROKEN")) throw error;
    return { findings: [brokenStore(parts, error)], isUsable: false };
  }
}

/** Only whether the store can be read. @throws STORE_BROKEN */
async function readable({ tickets }: ProjectParts): Promise<{ readonly findings: readonly DoctorFinding[] }> {
  await tickets.list({ ids: [] });
  return { findings: [] };
}

/** The store works all the same: who wonders why it is slow is told. */
function nativeNotes({ paths }: ProjectParts): readonly ProjectFinding[] {
  const reasons = whyNative(paths.ticketStore);
  if (reasons.length === 0) return [];
  const message = `Tickets are read and written by way of git processes, which is slower and as safe: ${fromRoot(paths, paths.ticketStore)}: ${reasons.join("; ")}`;
  return [{ area: "tickets", severity: "note", code: "STORE_NATIVE", message }];
}

function repairFinding(repair: Awaited<ReturnType<typeof planStoreRepair>>[number]): ProjectFinding {
  const { description, isCertain, apply } = repair;
  return {
    area: "tickets",
    severity: "warning",
    code: "STORE_FAULT",
    message: `The ticket store wants mending: ${description}`,
    ...(isCertain
      ? { fix: { plan: description, apply } }
      : { hint: "It cannot be proved that nobody uses it: make sure, then remove it by hand." }),
  };
}

/** Lost or unreadable: the people's view keeps all objects, as a second copy. */
function brokenStore({ paths }: ProjectParts, { message, hint }: TicketError): ProjectFinding {
  const view = fromRoot(paths, paths.ticketView);
  const store = fromRoot(paths, paths.ticketStore);
  const finding = { area: "tickets", severity: "error", code: "STORE_BROKEN", message } as const;
  // What the link leads to may be the whole store, which the second copy would be older than.
  if (isLinkedFolder(paths.ticketStore)) return { ...finding, ...(hint === undefined ? {} : { hint }) };
  if (!existsSync(paths.ticketView)) {
    return {
      ...finding,
      hint: `There is no second copy (${view}): bring ${store} back from a backup, or run 'wiggum init' for an empty one.`,
    };
  }
  return {
    ...finding,
    fix: {
      plan: `restore ${store} from ${view}; what is left of the broken one is moved aside`,
      apply: async () => void (await restoreFromView({ path: paths.ticketStore, view: paths.ticketView })),
    },
  };
}
