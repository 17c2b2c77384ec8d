import { randomBytes } from "node:crypto";

const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A new ULID: 48 bits of time (for sorting by eye, and to tell how old a salvage point is), 80 random bits. Operation, event, spawn and owner ids are such. */
export function newUlid(now: number = Date.now()): string {
  let time = "";
  for (let rest = now, place = 0; place < 10; place++) {
    time = digits.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = "";
  // A byte has 256 values, a multiple of 32: no digit is likelier than another.
  for (const byte of randomBytes(16)) random += digits.charAt(byte % 32);
  return time + random;
}

/** The time that a ULID was made at, milliseconds since 1970. */
export function ulidTime(id: string): number {
  return [...id.slice(0, 10)].reduce((time, digit) => time * 32 + digits.indexOf(digit), 0);
}

/** Has `text` the form of a ULID? */
export function isUlid(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
}
