import { pathToFileURL } from "node:url";
import type { TicketBackend } from "@wiggum/ticket-core";
import type { ConformanceSetup, ConformanceStore, CreateStore } from "@wiggum/ticket-core/conformance";
import type { AgentRunner } from "@wiggum/workflow";
import { CommandError } from "../command-error.js";
import { printable } from "../printable.js";

export type ConformanceKind = "backend" | "runner";

/** What a module exports; the members of its default export count, too. */
export type Exports = Readonly<Record<string, unknown>>;

/** The exports that make a runner. */
export interface RunnerModule {
  readonly createRunner: () => AgentRunner;
  readonly createBlindRunner: () => AgentRunner;
  readonly textOf?: ((received: string, inboxFolder: string) => string) | undefined;
}

/** @throws MODULE_UNUSABLE */
export async function loadModule(path: string): Promise<Exports> {
  try {
    const exported = (await import(pathToFileURL(path).href)) as Exports;
    const whole = exported["default"];
    return typeof whole === "object" && whole !== null ? { ...(whole as Exports), ...exported } : exported;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    const isMissing = code === "ERR_MODULE_NOT_FOUND" && why.includes(path);
    throw unusable(path, isMissing ? "there is no such file" : why, error);
  }
}

/** What a module is for: by `createRunner`, or by `createBackend`. @throws MODULE_UNUSABLE */
export function kindOf(exported: Exports, path: string): ConformanceKind {
  const isRunner = typeof exported["createRunner"] === "function";
  const isBackend = typeof exported["createBackend"] === "function";
  if (isRunner && isBackend)
    throw unusable(path, "it exports both createBackend and createRunner: give --kind");
  if (isRunner) return "runner";
  if (isBackend) return "backend";
  throw unusable(path, "it exports neither a function createBackend nor createRunner");
}

/**
 * The store factory of a module: its `createBackend(setup)`, which answers a `ConformanceStore` or just a backend. Where the store says how others
 * open it (`elsewhere`) and names no module, it is this one, and `open` may be left out.
 * @throws MODULE_UNUSABLE
 */
export function storesOf(exported: Exports, path: string, otherProcess: string): CreateStore {
  const create = exported["createBackend"];
  if (typeof create !== "function") throw unusable(path, "it exports no function createBackend");
  return async (setup: ConformanceSetup) => {
    const store = await made(create as MakeStore, setup, path);
    const { elsewhere } = store;
    if (elsewhere === undefined) return store;
    const module = elsewhere.module ?? path;
    const openBackend = exported[elsewhere.exported ?? "openBackend"];
    // What opens it in another process opens it here.
    const open =
      store.open === undefined && module === path && typeof openBackend === "function"
        ? { open: async () => (await openBackend(elsewhere.options ?? null, setup)) as TicketBackend }
        : {};
    return { ...store, ...open, elsewhere: { program: otherProcess, ...elsewhere, module } };
  };
}

type MakeStore = (setup: ConformanceSetup) => unknown;

async function made(create: MakeStore, setup: ConformanceSetup, path: string): Promise<ConformanceStore> {
  let answer: ConformanceStore | TicketBackend | undefined;
  try {
    answer = (await create(setup)) as ConformanceStore | TicketBackend | undefined;
  } catch (error) {
    throw unusable(
      path,
      `createBackend failed: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  if (typeof answer === "object" && answer !== null) {
    const store: ConformanceStore = "commit" in answer ? { backend: answer } : answer;
    if (typeof store.backend?.commit === "function") return store;
  }
  throw unusable(path, "createBackend answered neither a backend nor { backend }");
}

/** @throws MODULE_UNUSABLE */
export function runnerModuleOf(exported: Exports, path: string): RunnerModule {
  for (const name of ["createRunner", "createBlindRunner"]) {
    if (typeof exported[name] !== "function") throw unusable(path, `it exports no function ${name}`);
  }
  return exported as unknown as RunnerModule;
}

/** For a module that cannot be tried; `why` is the module's own word, or ours. */
export function unusable(path: string, why: string, cause?: unknown): CommandError {
  return new CommandError("MODULE_UNUSABLE", `${printable(path)} cannot be used: ${printable(why)}`, {
    hint: "A module exports createBackend({ judge }), or createRunner() and createBlindRunner(); see docs/writing-a-backend.md.",
    data: { module: path, why },
    ...(cause === undefined ? {} : { cause }),
  });
}
