/** An object as it was found. */
export interface Found {
  readonly type: string;
  readonly content: Buffer;
}

/** Not told in this process (damaged, too large, of an unknown form, gone meanwhile): git is asked. */
export const unclear: unique symbol = Symbol("unclear");

/** What is larger is git's to read: the whole of it would have to be in memory more than once. */
export const largestObjectBytes = 64 * 1024 * 1024;
