import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createGit } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { fromRoot } from "./init-files.js";
import type { InitOptions, InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";
import { type Settings, type UpstreamSettings, upstreamDefaults } from "./settings.js";
import { replaceFile } from "./write-files.js";

/** `isNew`: the settings do not name it yet. */
export interface ChosenUpstream {
  readonly settings: UpstreamSettings;
  readonly isNew: boolean;
}

/**
 * The upstream of the tickets: what the settings say; else what the caller says; else, for a store that is yet to be made, the remote of which
 * this clone of the code has the branch of tickets. `undefined` = there is none.
 * @throws FLAG_INVALID the settings name another one
 */
export async function chooseUpstream(
  paths: ProjectPaths,
  { upstream }: Pick<Settings, "upstream">,
  options: Pick<InitOptions, "upstream">,
): Promise<ChosenUpstream | undefined> {
  const asked = options.upstream;
  if (upstream !== undefined) {
    if (asked !== undefined && asked !== upstream.url) throw otherUpstream(paths, upstream, asked);
    return { settings: upstream, isNew: false };
  }
  const url = asked ?? (existsSync(paths.ticketStore) ? undefined : await remoteWithTickets(paths));
  return url === undefined ? undefined : { settings: { ...upstreamDefaults, url }, isNew: true };
}

/** The remote whose branch of tickets was fetched with the code; `origin` before others. */
async function remoteWithTickets({ root }: ProjectPaths): Promise<string | undefined> {
  const git = createGit({ cwd: root });
  const names = (await git.run(["remote"])).stdout.split("\n").filter((name) => name !== "");
  for (const name of names.toSorted(
    (left, right) => Number(right === "origin") - Number(left === "origin"),
  )) {
    const ref = `refs/remotes/${name}/${upstreamDefaults.branch}`;
    const found = await git.run(["rev-parse", "--verify", "--quiet", ref], { allowedExitCodes: [0, 1] });
    if (found.exitCode === 0) return name;
  }
  return undefined;
}

/** Adds it to `config.yaml`; everything that is there stays. */
export async function writeUpstream(paths: ProjectPaths, { url }: UpstreamSettings): Promise<InitPart> {
  const text = await readFile(paths.configYaml, "utf8");
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  const said = "# Where the tickets of several hosts meet: 'wiggum help remotes'.";
  await replaceFile(paths.configYaml, `${text}${gap}\n${said}\nupstream:\n  url: ${JSON.stringify(url)}\n`);
  return {
    part: "settings",
    path: fromRoot(paths, paths.configYaml),
    outcome: "changed",
    detail: `the upstream of the tickets is ${printable(url)}`,
  };
}

function otherUpstream(
  paths: ProjectPaths,
  { url }: UpstreamSettings,
  asked: string,
): WorkflowError<"FLAG_INVALID"> {
  const path = fromRoot(paths, paths.configYaml);
  return new WorkflowError(
    "FLAG_INVALID",
    `--upstream is ${printable(asked)}, and ${path} names ${printable(url)}`,
    { flag: "--upstream", value: asked },
    { hint: `Nothing was changed. Correct 'upstream' in ${path}, or leave the flag out.` },
  );
}
