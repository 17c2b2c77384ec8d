// The bundle takes this for `node:fs/promises` (see bundle-plugins.ts). To load that costs as much as all reads of a command, so what is only looked at is
// read at once; everything that may take long is handed on to Node.
import {
  accessSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";

type Files = typeof import("node:fs/promises");
const files = () => process.getBuiltinModule("node:fs/promises");

/** The call, its failure as a rejection. */
function prompt<Given extends unknown[], Result>(call: (...given: Given) => Result) {
  return async (...given: Given): Promise<Result> => call(...given);
}

export const access = prompt(accessSync) as Files["access"];
export const lstat = prompt(lstatSync) as unknown as Files["lstat"];
export const readdir = prompt(readdirSync) as unknown as Files["readdir"];
export const readFile = prompt(readFileSync) as unknown as Files["readFile"];
export const readlink = prompt(readlinkSync) as unknown as Files["readlink"];
export const realpath = prompt(realpathSync) as unknown as Files["realpath"];
export const stat = prompt(statSync) as unknown as Files["stat"];

export const appendFile: Files["appendFile"] = (...given) => files().appendFile(...given);
export const chmod: Files["chmod"] = (...given) => files().chmod(...given);
export const copyFile: Files["copyFile"] = (...given) => files().copyFile(...given);
export const cp: Files["cp"] = (...given) => files().cp(...given);
export const glob = ((...given: Parameters<Files["glob"]>) => files().glob(...given)) as Files["glob"];
export const link: Files["link"] = (...given) => files().link(...given);
export const mkdir = ((...given: Parameters<Files["mkdir"]>) => files().mkdir(...given)) as Files["mkdir"];
export const mkdtemp = ((...given: Parameters<Files["mkdtemp"]>) =>
  files().mkdtemp(...given)) as Files["mkdtemp"];
export const open: Files["open"] = (...given) => files().open(...given);
export const rename: Files["rename"] = (...given) => files().rename(...given);
export const rm: Files["rm"] = (...given) => files().rm(...given);
export const rmdir: Files["rmdir"] = (...given) => files().rmdir(...given);
export const symlink: Files["symlink"] = (...given) => files().symlink(...given);
export const unlink: Files["unlink"] = (...given) => files().unlink(...given);
export const utimes: Files["utimes"] = (...given) => files().utimes(...given);
export const writeFile: Files["writeFile"] = (...given) => files().writeFile(...given);
