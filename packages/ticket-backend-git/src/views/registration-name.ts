/**
 * What the registration of a view is called: the beginning of the SHA-1 of its path. Computed here, since every reading command asks and would
 * load `node:crypto` for this alone.
 */
export function registrationName(path: string): string {
  return sha1(new TextEncoder().encode(path)).slice(0, 16);
}

/** SHA-1 as FIPS 180-4 has it, in hexadecimal digits. It names; nothing is kept safe by it. */
function sha1(message: Uint8Array): string {
  const blocks = padded(message);
  let state: Words = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let at = 0; at < blocks.byteLength; at += 64) state = withBlock(state, blocks, at);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

type Words = readonly [number, number, number, number, number];

/** The message, one bit, zeros, and its length in bits: whole blocks of 64 bytes. */
function padded(message: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, message.length * 8);
  return view;
}

function withBlock(state: Words, blocks: DataView, at: number): Words {
  const words = Array.from({ length: 16 }, (_, index) => blocks.getUint32(at + 4 * index));
  const word = (index: number) => words[index] ?? 0;
  for (let round = 16; round < 80; round += 1)
    words.push(turned(word(round - 3) ^ word(round - 8) ^ word(round - 14) ^ word(round - 16), 1));
  let [a, b, c, d, e] = state;
  for (let round = 0; round < 80; round += 1) {
    const [mixed, constant] = mix(round, b, c, d);
    const next = (turned(a, 5) + mixed + e + constant + word(round)) | 0;
    [a, b, c, d, e] = [next, a, turned(b, 30), c, d];
  }
  return [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0, (state[4] + e) | 0];
}

function mix(round: number, b: number, c: number, d: number): readonly [mixed: number, constant: number] {
  if (round < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (round < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (round < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
