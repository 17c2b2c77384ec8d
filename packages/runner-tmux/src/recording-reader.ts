import { statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { recordingFiles } from "./recording.js";
import { createTerminalText } from "./terminal-text.js";
import type { TmuxClient } from "./tmux-client.js";

const chunkBytes = 64 * 1024;

/** A place in a recording: which segment, and how far into it. */
export interface RecordingPlace {
  readonly inode: number | undefined;
  readonly position: number;
}

/** Where the recording ends at this moment. */
export function endOfRecording(stateDirectory: string): RecordingPlace {
  const found = statSync(recordingFiles(stateDirectory).current, { throwIfNoEntry: false });
  return { inode: found?.ino, position: found?.size ?? 0 };
}

export interface FollowPorts {
  readonly pollMs: number;
  /** Will the agent print nothing any more? */
  readonly hasEnded: () => Promise<boolean>;
  /** Called once after the end: returns when all that was printed is in the recording. */
  readonly finish: () => Promise<void>;
}

/** The text of what is recorded from that place on, until the agent has ended or the signal comes. */
export async function* followRecording(
  stateDirectory: string,
  from: RecordingPlace,
  signal: AbortSignal,
  ports: FollowPorts,
): AsyncIterable<string> {
  const { current, former } = recordingFiles(stateDirectory);
  const text = createTerminalText();
  let { inode, position } = from;
  while (!signal.aborted) {
    const hasEnded = await ports.hasEnded();
    if (hasEnded) await ports.finish();
    for (;;) {
      const newest = await inodeOf(current);
      // The segment was full and became the former one; what was added to it since is still to be read.
      const isFormer = inode !== undefined && newest !== inode;
      const { bytes, start } = await readAt(isFormer ? former : current, inode ?? newest, position);
      if (signal.aborted) break;
      if (bytes.length > 0) {
        inode ??= newest;
        position = start + bytes.length;
        const piece = text.push(bytes);
        if (piece !== "") yield piece;
      } else if (isFormer && newest !== undefined) {
        inode = newest;
        position = 0;
      } else break;
    }
    if (hasEnded || signal.aborted) break;
    await sleep(ports.pollMs, undefined, { signal }).catch(() => undefined);
  }
  const rest = signal.aborted ? "" : text.end();
  if (rest !== "") yield rest;
}

/** The last of what was recorded, as text: no more than `maxBytes` of it are read. */
export async function readRecording(stateDirectory: string, maxBytes: number): Promise<string> {
  const { current, former } = recordingFiles(stateDirectory);
  const pieces: Buffer[] = [];
  let left = maxBytes;
  for (const path of [current, former]) {
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    const piece = await readWhole(path, Math.max(0, size - left), size);
    pieces.unshift(piece);
    left -= piece.length;
  }
  const text = createTerminalText();
  return `${text.push(Buffer.concat(pieces))}${text.end()}`;
}

/** The end of one segment, as it is. */
export async function readLastBytes(path: string, count: number): Promise<string> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  return (await readWhole(path, Math.max(0, size - count), size)).toString("latin1");
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino;
}

/** Nothing where the file is another one than meant by now. */
async function readAt(
  path: string,
  inode: number | undefined,
  position: number,
): Promise<{ readonly bytes: Buffer; readonly start: number }> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return { bytes: Buffer.alloc(0), start: position };
  try {
    const { ino, size } = await file.stat();
    if (inode !== undefined && ino !== inode) return { bytes: Buffer.alloc(0), start: position };
    // It was cut: what it has now is new.
    const start = size < position ? 0 : position;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, start);
    return { bytes: buffer.subarray(0, bytesRead), start };
  } finally {
    await file.close();
  }
}

async function readWhole(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, to - from)), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Looks that must agree before what was printed is taken for recorded, and how many there are at most. */
const mostLooks = 6;
const betweenLooksMs = 8;

/**
 * Waits in place until what was printed is recorded, as far as that can be seen: tmux was at its work once, and nothing more came. So what a
 * caller of `follow` knows to be printed is behind it.
 */
export function settleRecording(stateDirectory: string, client: TmuxClient): void {
  const napping = new Int32Array(new SharedArrayBuffer(4));
  let former = endOfRecording(stateDirectory);
  for (let look = 0; look < mostLooks; look += 1) {
    client.runSync(["display-message", "-p", ""]);
    Atomics.wait(napping, 0, 0, betweenLooksMs);
    const now = endOfRecording(stateDirectory);
    if (look > 0 && now.inode === former.inode && now.position === former.position) return;
    former = now;
  }
}
