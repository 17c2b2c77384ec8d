// What another process does between two of our looks, made to happen there.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { markerText } from "./marker-file.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";

let atListing: (() => void) | undefined;

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  const readdirSync = ((...inputs: Parameters<typeof original.readdirSync>) => {
    atListing?.();
    return original.readdirSync(...inputs);
  }) as typeof original.readdirSync;
  return { ...original, readdirSync };
});

const { inspectControlFolder } = await import("./find-project.js");

let root: ProjectRoot;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-race-"))) as ProjectRoot;
  mkdirSync(projectPaths(root).controlDirectory);
});

afterEach(() => {
  atListing = undefined;
  rmSync(root, { recursive: true, force: true });
});

test("a folder that another init marks while we look at it is ours, not a stranger's", () => {
  atListing = () => {
    writeFileSync(projectPaths(root).marker, markerText());
    mkdirSync(projectPaths(root).hooksDirectory, { recursive: true });
  };
  expect(inspectControlFolder(root)).toBe("ours");
});

test("a stranger's stays one", () => {
  writeFileSync(join(projectPaths(root).controlDirectory, "notes.txt"), "");
  expect(inspectControlFolder(root)).toBe("foreign");
});
