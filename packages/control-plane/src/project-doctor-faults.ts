import { isGitError } from "@wiggum/git";
import { isTicketError } from "@wiggum/ticket-core";
import { isWorkflowError, type WorkflowError } from "@wiggum/workflow";
import { fromRoot } from "./init-files.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectPaths } from "./project-paths.js";
import { isFull, notWritableFolder, storageError, storageReason } from "./storage-errors.js";

type Area = ProjectFinding["area"];

/** Settings and types that cannot be used, a finding for each problem. */
export function faultFindings(
  paths: ProjectPaths,
  faults: readonly WorkflowError[],
): readonly ProjectFinding[] {
  return faults.flatMap((fault) => {
    const { code, hint } = fault;
    return sentencesOf(paths, fault).map(
      (message): ProjectFinding => ({
        area: "settings",
        severity: "error",
        code,
        message,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  });
}

function sentencesOf(paths: ProjectPaths, fault: WorkflowError): readonly string[] {
  if (!isWorkflowError(fault, "TYPES_INVALID")) return fault.message.split("\n");
  const { path, problems } = fault.data;
  const file = path === undefined ? fromRoot(paths, paths.ticketTypes) : fromRoot(paths, path);
  return problems.map(({ at, line, message }) => {
    const place = `${file}${line === undefined ? "" : `:${line}`}`;
    return at === "$" ? `${place}: ${message}` : `${place}: ${at}: ${message}`;
  });
}

/** A disk that is full or may not be written: whatever else is found may only follow from it. */
export function examineStorage(paths: ProjectPaths): readonly ProjectFinding[] {
  const { controlDirectory, ticketStore, ticketView } = paths;
  const closed = [controlDirectory, ticketStore, ticketView].flatMap((path) => notWritableFolder(path) ?? []);
  const [first] = closed;
  if (first !== undefined) {
    const { code, message, hint = "" } = first;
    return [{ area: "project", severity: "error", code, message, hint }];
  }
  if (!isFull(controlDirectory)) return [];
  return [
    {
      area: "project",
      severity: "error",
      code: "DISK_FULL",
      message: `The disk is full: nothing can be written below ${controlDirectory}`,
      hint: `Free space at ${controlDirectory}.`,
    },
  ];
}

/** One look; where it fails, that is a finding, and the others go on. `what`: "X could not be looked at". @throws defects */
export async function looking(
  area: Area,
  what: { readonly name: string; readonly path: string },
  look: () => readonly ProjectFinding[] | Promise<readonly ProjectFinding[]>,
): Promise<readonly ProjectFinding[]> {
  try {
    return await look();
  } catch (error) {
    return [failedLook(area, what, error)];
  }
}

function failedLook(
  area: Area,
  { name, path }: { readonly name: string; readonly path: string },
  error: unknown,
): ProjectFinding {
  const ofStorage = storageError(path, error);
  if (ofStorage !== undefined) {
    const { code, hint = "" } = ofStorage;
    const message = `${name} could not be looked at: ${storageReason(ofStorage) ?? ofStorage.message}`;
    return { area, severity: "warning", code, message, hint };
  }
  if (isWorkflowError(error) || isTicketError(error) || isGitError(error)) {
    const { code, hint } = error;
    const message = `${name} could not be looked at: ${error.message}`;
    return { area, severity: "error", code, message, ...(hint === undefined ? {} : { hint }) };
  }
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) throw error;
  return {
    area,
    severity: "error",
    code: "UNREADABLE",
    message: `${name} could not be looked at: ${(error as Error).message}`,
    hint: "Check the path and its permissions.",
  };
}
