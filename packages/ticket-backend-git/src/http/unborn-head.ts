// isomorphic-git fetches only from a server that names its HEAD. One whose HEAD is a branch that nobody has made yet names none.

/**
 * The advertisement of a server's refs, with `ref` named as its HEAD where it has none: only what the client takes for the default branch depends on it,
 * and nobody asks for that here.
 */
export function withHead(advertised: Uint8Array, ref: string): Uint8Array {
  const text = Buffer.from(advertised).toString("latin1");
  const end = text.indexOf("\0");
  if (end === -1 || text.includes(" symref=HEAD:") || / HEAD[\n\0]/.test(text)) return advertised;
  // Two packets: which service it is, a flush; then the first ref, and behind a NUL what the server can do.
  const start = text.indexOf("0000") + 4;
  const length = Number.parseInt(text.slice(start, start + 4), 16);
  const line = text.slice(start + 4, start + length);
  if (start < 4 || !(length > 4) || !line.includes("\0")) return advertised;
  const named = `${line.trimEnd()} symref=HEAD:${ref}\n`;
  const packet = `${(named.length + 4).toString(16).padStart(4, "0")}${named}`;
  return Buffer.from(`${text.slice(0, start)}${packet}${text.slice(start + length)}`, "latin1");
}
