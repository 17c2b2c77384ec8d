// A project with done tickets whose work is not merged yet, and checks that say what they saw.
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SupervisorEvent } from "@wiggum/workflow";
import type { Project } from "../project.js";
import { superviseProject } from "../supervise-project.js";
import { systemClock } from "../system-clock.js";
import { type ProjectFixture, projectFixture } from "./project-fixture.js";

export interface DoneTickets {
  readonly fixture: ProjectFixture;
  /** Opens the project once more, as `wiggum run` does. */
  open(): Promise<Project>;
  /** A done ticket whose feature branch starts at `from` (default: main) and has one commit with these files. */
  done(title: string, files: Readonly<Record<string, string>>, more?: DoneOptions): Promise<string>;
  /** One round of a supervisor; answers what it told. */
  once(project: Project): Promise<readonly SupervisorEvent[]>;
  /** Everything that the check saw, in order: the commit, and how it ended. */
  tests(): readonly { readonly commit: string; readonly end: string }[];
  /** Tickets that were merged into main, in order, by the subjects of its merge commits. */
  merged(): readonly string[];
  /** Subjects of what main ever pointed to, as commit ids. */
  positions(): readonly string[];
}

export interface DoneOptions {
  readonly from?: string;
  readonly dependsOn?: readonly string[];
}

/** `check` = lines of a shell script that runs in the combined checkout; `$NOTES` is a folder outside of it. */
export async function doneTickets(check: string, more = ""): Promise<DoneTickets> {
  const fixture = await projectFixture("true");
  const { repository, paths } = fixture;
  const { git } = repository;
  const notes = repository.base;
  const program = join(notes, "check.sh");
  writeFileSync(
    program,
    `#!/bin/sh\nNOTES='${notes}'\ncommit=$(git rev-parse HEAD)\ntrap 'echo "$commit $?" >> "$NOTES/tests"' EXIT\n${check}\n`,
  );
  chmodSync(program, 0o755);
  writeFileSync(paths.configYaml, `checks: ["${program}"]\nmergeQueue: {batch: 16}\n${more}`);
  const environment = { ...repository.environment, WIGGUM_MERGE: "auto" };
  const open = () => fixture.open(undefined, { isSupervisor: true, environment });
  // Each write a second after the other, an hour ago: who was done first is merged first.
  let atMs = Date.now() - 3_600_000;
  const now = () => {
    atMs += 1_000;
    return new Date(atMs);
  };
  const project = await fixture.open(undefined, { environment, clock: { ...systemClock, now } });
  return {
    fixture,
    open,
    async done(title, files, { from = "main", dependsOn = [] } = {}) {
      const id = await fixture.create(project, title);
      const context = { actor: { kind: "person", id: "p" }, override: "test", unguarded: true } as const;
      await project.tickets.update(id, (ticket) => ({ ...ticket, state: "done", dependsOn }), context);
      git("checkout", "-q", "-b", `feature/${id}`, from);
      for (const [path, text] of Object.entries(files)) repository.write(path, text);
      git("add", "--", ...Object.keys(files));
      git("commit", "-q", "-m", title);
      git("checkout", "-q", "main");
      return id;
    },
    async once(opened) {
      const events: SupervisorEvent[] = [];
      await superviseProject(opened, { mode: "once", report: (event) => void events.push(event) });
      return events;
    },
    tests: () =>
      (existsSync(join(notes, "tests")) ? readFileSync(join(notes, "tests"), "utf8") : "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [commit = "", end = ""] = line.split(" ");
          return { commit, end };
        }),
    merged: () =>
      git("log", "--first-parent", "--reverse", "--format=%s", "main")
        .split("\n")
        .flatMap((subject) => /^Merge feature\/(\S+) into main$/.exec(subject)?.[1] ?? []),
    positions: () => git("reflog", "show", "--format=%H", "main").trim().split("\n"),
  };
}
