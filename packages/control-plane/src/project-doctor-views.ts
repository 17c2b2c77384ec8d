import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  isTicketError,
  printable,
  type TicketError,
  type TicketRecord,
  type TicketViews,
  type ViewEdit,
} from "@wiggum/ticket-core";
import { foreignHint, foreignReason } from "./foreign-file.js";
import { fromRoot } from "./init-files.js";
import { isLinkedFolder } from "./linked-control.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { worktreePaths } from "./project-paths.js";
import { hasRegistry } from "./registry-database.js";

interface View {
  readonly folder: string;
  readonly kind: "full" | "shared";
}

/** The people's view and those of agents that were not ended: missing, behind, or edited and not submitted. */
export async function examineViews(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  const { backend, paths } = parts;
  if (backend.views === undefined) return [];
  const { tickets } = await backend.list();
  const findings: ProjectFinding[] = [];
  for (const view of [{ folder: paths.ticketView, kind: "full" } as const, ...(await agentViews(parts))]) {
    if (existsSync(view.folder) || isLinked(view.folder))
      findings.push(...(await examineView(parts, backend.views, view, tickets)));
    else findings.push(missingView(parts, backend.views, view));
  }
  return findings;
}

/** In the place of the view, or of the control folder that an agent's view lies in. */
function isLinked(folder: string): boolean {
  return isLinkedFolder(folder) || isLinkedFolder(dirname(folder));
}

async function agentViews({ registry, paths }: ProjectParts): Promise<readonly View[]> {
  // Looking into a registry that is not there would make it; that it is gone is told elsewhere, too.
  if (!hasRegistry(paths.agentsDatabase)) return [];
  // A registry that cannot be read is told of elsewhere.
  const agents = await registry.list().catch(() => []);
  return agents.flatMap(({ worktree }): readonly View[] => {
    if (worktree === undefined || !existsSync(worktree)) return [];
    return [{ folder: worktreePaths(worktree).ticketView, kind: "shared" }];
  });
}

async function examineView(
  parts: ProjectParts,
  views: TicketViews,
  { folder, kind }: View,
  tickets: readonly TicketRecord[],
): Promise<readonly ProjectFinding[]> {
  const name = fromRoot(parts.paths, folder);
  const edits = await readEdits(views, folder);
  if (isTicketError(edits)) {
    return [
      {
        area: "views",
        severity: "error",
        code: "VIEW_BROKEN",
        message: `${name}: ${edits.message}`,
        hint: isLinked(folder) ? (edits.hint ?? "") : "Move the folder away: it is made again.",
      },
    ];
  }
  const findings = await Promise.all(edits.map((edit) => editFinding(views, folder, name, edit)));
  const edited = new Set(edits.map(({ id }) => id));
  const behind = tickets.filter(
    ({ ticket, text }) => !edited.has(ticket.id) && readText(views.path(folder, ticket.id)) !== text,
  );
  // An agent's view follows with the agent's next command. The people's is the second copy of the store as well.
  if (behind.length === 0 || kind === "shared") return findings;
  return [
    ...findings,
    {
      area: "views",
      severity: "warning",
      code: "VIEW_BEHIND",
      message: `${name} does not show ${behind.length === 1 ? `${behind[0]?.ticket.id} as it is` : `${behind.length} tickets as they are`}`,
      fix: { plan: `bring ${name} up to date`, apply: async () => void (await views.refresh(folder)) },
    },
  ];
}

async function editFinding(
  views: TicketViews,
  folder: string,
  name: string,
  edit: ViewEdit,
): Promise<ProjectFinding> {
  const { id, path, text } = edit;
  if (edit.isForeign === true) {
    return {
      area: "views",
      severity: "warning",
      code: "FILE_FOREIGN",
      id,
      message: `${printable(path)} ${await foreignReason(path)}; the ticket is as it was`,
      hint: foreignHint,
    };
  }
  if (text !== undefined) {
    return {
      area: "views",
      severity: "warning",
      code: "EDIT_NOT_SUBMITTED",
      id,
      message: `${printable(path)} was edited and is not submitted`,
      hint: "'wiggum ticket sync' in that folder's project submits it.",
    };
  }
  return {
    area: "views",
    severity: "warning",
    code: "FILE_DELETED",
    id,
    message: `The file of ${id} was deleted in ${name}; the ticket is as it was`,
    fix: { plan: `write the file of ${id} in ${name} again`, apply: () => views.settle(folder, id) },
  };
}

function missingView({ paths }: ProjectParts, views: TicketViews, { folder, kind }: View): ProjectFinding {
  const name = fromRoot(paths, folder);
  return {
    area: "views",
    severity: "warning",
    code: "VIEW_MISSING",
    message: `There are no ticket files in ${name}`,
    fix: {
      plan: `make ${name}`,
      async apply() {
        await views.create(folder, kind);
        await views.refresh(folder);
      },
    },
  };
}

async function readEdits(views: TicketViews, folder: string): Promise<readonly ViewEdit[] | TicketError> {
  try {
    return await views.edits(folder);
  } catch (error) {
    if (isTicketError(error, "STORE_BROKEN")) return error;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
