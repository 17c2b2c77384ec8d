// How a pack stores an object as changes of another: copies of parts of it, and new bytes.

/** Reads the two sizes at the beginning of a delta: of what it changes, and of what comes of it. */
export function deltaSizes(delta: Buffer): {
  readonly base: number;
  readonly result: number;
  readonly start: number;
} {
  const base = readNumber(delta, 0);
  const result = readNumber(delta, base.end);
  return { base: base.value, result: result.value, start: result.end };
}

function readNumber(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let at = from; at < from + 8; at++) {
    const byte = bytes.readUInt8(at);
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new RangeError("A size in a delta is too large");
}

/** @throws RangeError the delta is damaged, or meant for another base */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const sizes = deltaSizes(delta);
  if (sizes.base !== base.length) throw new RangeError("A delta is meant for another object");
  const result = Buffer.allocUnsafe(sizes.result);
  let written = 0;
  for (let at = sizes.start; at < delta.length; ) {
    const order = delta.readUInt8(at++);
    if (order === 0) throw new RangeError("An unknown order in a delta");
    if (order < 0x80) {
      if (at + order > delta.length || written + order > result.length)
        throw new RangeError("A delta is cut off");
      delta.copy(result, written, at, at + order);
      at += order;
      written += order;
      continue;
    }
    let offset = 0;
    let bytes = 0;
    for (let bit = 0; bit < 4; bit++) if (order & (1 << bit)) offset += delta.readUInt8(at++) * 256 ** bit;
    for (let bit = 0; bit < 3; bit++) if (order & (16 << bit)) bytes += delta.readUInt8(at++) * 256 ** bit;
    if (bytes === 0) bytes = 0x10000;
    if (offset + bytes > base.length || written + bytes > result.length)
      throw new RangeError("A delta copies too much");
    base.copy(result, written, offset, offset + bytes);
    written += bytes;
  }
  if (written !== result.length) throw new RangeError("A delta makes too little");
  return result;
}
