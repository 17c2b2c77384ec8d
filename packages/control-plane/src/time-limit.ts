import type { ChildProcess } from "node:child_process";

/** A kept program whose time runs. */
export interface TimeLimit {
  isOver(): boolean;
  /** Ends the whole group of the program, now. */
  endGroup(): void;
  /** The program has ended by itself. */
  stop(): void;
}

/** Gives a kept program, which leads its group, so many milliseconds; then the group is killed. */
export function limitTime(child: ChildProcess, timeoutMs: number): TimeLimit {
  let isOver = false;
  const endGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
  const timer = setTimeout(() => {
    isOver = true;
    endGroup();
  }, timeoutMs);
  return { isOver: () => isOver, endGroup, stop: () => clearTimeout(timer) };
}
