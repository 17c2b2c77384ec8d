import type { Judge, TicketBackend } from "../backend.js";
import type { TicketId } from "../ticket.js";

/** How another process opens a store: it imports a module and calls one of its functions. Plain data, so that it can be handed over. */
export interface StoreElsewhere {
  /** Absolute path or file URL of a module. */
  readonly module: string;
  /** Its export that opens the store: `(options, setup) => TicketBackend`, or a promise of one. Default `openBackend`. */
  readonly exported?: string | undefined;
  /** Handed to that function; JSON. It says which store is meant. */
  readonly options?: unknown;
  /** What Node gets before the program, for modules that need more than a plain `node`: `["--import", "…"]`. */
  readonly nodeArguments?: readonly string[] | undefined;
  /** The program that these processes run. Default: the kit's own, beside this file; for whoever bundles the kit. */
  readonly program?: string | undefined;
}

/** What an adapter gives to the kit for one test: a new, empty store, used by nobody else. */
export interface ConformanceStore {
  /** The backend under test, over the new store. */
  readonly backend: TicketBackend;
  /** Another handle on the same store, as another process would open it. Absent = the store lives and dies with `backend`. */
  readonly open?: (() => Promise<TicketBackend>) | undefined;
  /** How another process opens the same store. Absent = the store is this process's own, and nobody else is let loose on it. */
  readonly elsewhere?: StoreElsewhere | undefined;
  /** Puts a text where the ticket lies, past the backend, as a person or another tool might. */
  readonly plant?: ((id: TicketId, text: string) => Promise<void> | void) | undefined;
  /** Closes the backend and removes the store. Called once, after the test. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/** What a store is made with. */
export interface ConformanceSetup {
  /** The backend must ask this judge about every change. */
  readonly judge: Judge;
}

/** Makes the store of one test. */
export type CreateStore = (setup: ConformanceSetup) => Promise<ConformanceStore>;

/** What the kit may use, told by a store. */
export interface ConformanceAbilities {
  /** Its `supports` says what it promises. */
  readonly backend: TicketBackend;
  /** The store can be opened again, beside the first handle or after it. */
  readonly canOpen: boolean;
  /** Texts can be put into the store past the backend. */
  readonly canPlant: boolean;
  /** Other processes can open the store. */
  readonly canOpenElsewhere: boolean;
}

/** What a rule works with: a store of its own, and how long to wait. */
export interface ConformanceRun extends ConformanceStore {
  /** Milliseconds after which something that should have happened counts as not happening. */
  readonly deadlineMs: number;
}

/** One rule of the contract, and how to see that it holds. */
export interface ConformanceCase {
  /** Short name of the rule, the same in every version of the kit: `compare-and-swap`. */
  readonly rule: string;
  /** The rule in words. */
  readonly says: string;
  /** Stores that it does not concern are not asked. Absent = concerns all. */
  readonly concerns?: ((abilities: ConformanceAbilities) => boolean) | undefined;
  /** Milliseconds after which it counts as broken, where it takes longer than others: it starts processes. Absent = 30,000 is ample. */
  readonly limitMs?: number | undefined;
  /** @throws Error that says what was seen instead */
  readonly run: (store: ConformanceRun) => Promise<void>;
}
