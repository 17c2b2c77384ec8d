import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { probeTmux } from "./probe.js";
import { isTmuxThere } from "./testing/world.js";

/** A folder with a `tmux` that is this script. */
function fakeTmux(script: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-probe-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "tmux"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "tmux"), 0o755);
  return { PATH: folder };
}

test.skipIf(!isTmuxThere)("tmux is found, with its version (needs tmux)", async () => {
  expect(await probeTmux()).toEqual({
    isAvailable: true,
    version: expect.stringMatching(/^\d+\.\d+/),
    program: expect.stringMatching(/\/tmux$/),
  });
});

describe("where panes cannot be used, the reason is said", () => {
  test.each([
    ["no tmux", { PATH: "/nowhere" }, "tmux is not installed"],
    ["an old one", "echo tmux 3.1c", "tmux 3.1c is older than 3.2"],
    ["a very old one", "echo tmux 1.8", "tmux 1.8 is older than 3.2"],
    ["something else of that name", "echo hello", "does not say that it is tmux"],
    ["one that fails", "exit 1", "does not say that it is tmux"],
  ])("%s", async (_, tmux, reason) => {
    const environment = typeof tmux === "string" ? fakeTmux(tmux) : tmux;
    expect(await probeTmux({ environment })).toEqual({
      isAvailable: false,
      reason: expect.stringContaining(reason),
    });
  });

  test.each(["tmux 3.2", "tmux next-3.6", "tmux 10.0", "tmux master", "tmux openbsd-7.4"])(
    "not for %s",
    async (version) => {
      expect(await probeTmux({ environment: fakeTmux(`echo ${version}`) })).toMatchObject({
        isAvailable: true,
      });
    },
  );
});
