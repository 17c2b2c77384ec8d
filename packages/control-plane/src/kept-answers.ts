import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./write-files.js";

const mostKept = 100;

interface KeptAnswer {
  /** ISO 8601. */
  readonly at: string;
  readonly text: string;
}

/** Answers to questions that were asked before, one file each. May be deleted at any time. */
export interface KeptAnswers {
  /** Not older than `maxAgeMs`; absent = it was not asked, or too long ago. */
  find(question: readonly string[], maxAgeMs: number): Promise<string | undefined>;
  keep(question: readonly string[], text: string): Promise<void>;
}

/** @param folder is made when the first answer is kept */
export function createKeptAnswers(folder: string, now: () => Date): KeptAnswers {
  const fileOf = (question: readonly string[]) =>
    join(folder, `${createHash("sha256").update(JSON.stringify(question)).digest("hex")}.json`);

  return {
    async find(question, maxAgeMs) {
      const kept = await readKept(fileOf(question));
      if (kept === undefined) return undefined;
      const ageMs = now().getTime() - Date.parse(kept.at);
      return ageMs >= 0 && ageMs <= maxAgeMs ? kept.text : undefined;
    },
    async keep(question, text) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const kept: KeptAnswer = { at: now().toISOString(), text };
      await replaceFile(fileOf(question), `${JSON.stringify(kept)}\n`);
      await dropOldest(folder);
    },
  };
}

/** One that cannot be read is asked again. */
async function readKept(file: string): Promise<KeptAnswer | undefined> {
  try {
    const { at, text } = JSON.parse(await readFile(file, "utf8"));
    return typeof at === "string" && typeof text === "string" ? { at, text } : undefined;
  } catch {
    return undefined;
  }
}

async function dropOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= mostKept) return;
  const ages = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const found = await stat(file).catch(() => undefined);
      return { file, changedMs: found?.mtimeMs ?? 0 };
    }),
  );
  const oldest = ages.sort((one, other) => one.changedMs - other.changedMs).slice(0, names.length - mostKept);
  await Promise.all(oldest.map(({ file }) => rm(file, { force: true })));
}
