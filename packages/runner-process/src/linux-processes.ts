import { readdirSync, readFileSync } from "node:fs";
import { systemCode } from "./failures.js";
import type { ProcessEntry, ProcessTable } from "./process-table.js";
import { hookVariables, tokenVariable, toldSession } from "./process-variables.js";

const nothing = Buffer.alloc(0);

/** Reads `/proc`. Synchronous inside: a whole table is some hundred tiny reads from memory, and one that takes long is out of date. */
export function createLinuxProcesses(root = "/proc"): ProcessTable {
  return {
    async list() {
      return readdirSync(root)
        .filter((name) => /^\d+$/.test(name))
        .map((name) => readEntry(root, Number(name)))
        .filter((entry) => entry !== undefined);
    },
    async read(pid) {
      return readEntry(root, pid);
    },
  };
}

function readEntry(root: string, pid: number): ProcessEntry | undefined {
  const stat = readUnlessGone(`${root}/${pid}/stat`)?.toString("latin1");
  if (stat === undefined) return undefined;
  // The program's name stands in parentheses and may hold anything, also spaces and parentheses.
  const nameEnd = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnd + 2).split(" ");
  const [state, parentPid, groupId, sessionId] = fields;
  const startedAt = fields[19];
  if (state === undefined || startedAt === undefined || state === "Z" || state === "X") return undefined;
  const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
  const ids = { parentPid: Number(parentPid), groupId: Number(groupId), sessionId: Number(sessionId) };
  // No memory of its own: a thread of the kernel, which has neither arguments nor an environment.
  if (fields[20] === "0") return { pid, ...ids, startedAt, command: name, isOfHook: false };
  const words = readUnlessGone(`${root}/${pid}/cmdline`)?.toString("utf8").split("\0").join(" ").trim();
  const environment = Buffer.concat([Buffer.from("\0"), readUnlessGone(`${root}/${pid}/environ`) ?? nothing]);
  const token = valueIn(environment, tokenVariable);
  const mark = markIn(readUnlessGone(`${root}/${pid}/limits`));
  return {
    pid,
    ...ids,
    startedAt,
    command: words === undefined || words === "" ? name : words,
    ...(token === undefined
      ? {}
      : { token, ...toldSession((variable) => valueIn(environment, variable, "utf8")) }),
    ...(mark === undefined ? {} : { mark }),
    isOfHook: hookVariables.some((variable) => valueIn(environment, variable) !== undefined),
  };
}

/** `environment` begins with a NUL. */
function valueIn(
  environment: Buffer,
  variable: string,
  encoding: BufferEncoding = "latin1",
): string | undefined {
  const wanted = `\0${variable}=`;
  const at = environment.indexOf(wanted);
  if (at < 0) return undefined;
  const from = at + wanted.length;
  const end = environment.indexOf(0, from);
  return environment.toString(encoding, from, end < 0 ? environment.length : end);
}

/** Absent where nobody has set that limit. */
function markIn(limits: Buffer | undefined): string | undefined {
  return /^Max file locks\s+(\d+)\s/m.exec(limits?.toString("latin1") ?? "")?.[1];
}

/** Absent when the process has ended meanwhile, and where it is another user's and may not be looked into. */
function readUnlessGone(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}
