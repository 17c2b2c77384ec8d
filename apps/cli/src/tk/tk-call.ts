import type { TkHost } from "./tk-host.js";
import type { TkStore } from "./tk-store.js";

/** One call of a command. */
export interface TkCall {
  /** What the program was called as: `tk` or `ticket`. */
  readonly program: string;
  /** What was typed after the command. */
  readonly words: readonly string[];
  readonly host: TkHost;
  readonly store: TkStore;
}

/** Does what the command says and gives its exit code. @throws TkFailure */
export type TkCommand = (call: TkCall) => Promise<number>;
