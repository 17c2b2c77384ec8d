import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitBackend, initGitStore } from "@wiggum/ticket-backend-git";
import { builtinTypes, createJudge } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { expect, onTestFinished, test } from "vitest";
import { shownPath } from "./shown-path.js";

test("a hook's ticket is shown before the hook is told where it is; a view that is not there is not made for it", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-shown-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, "tickets.git");
  await initGitStore({ path: root, layout: "fan-out" });
  const backend = createGitBackend({ root, judge: createJudge(builtinTypes) });
  await backend.commit({
    operationId: "op-1",
    actor: { kind: "person", id: "ann" },
    subject: "Create",
    at: "2026-01-02T03:04:05Z",
    changes: ["tk-1a01", "tk-2b02"].map((id) => ({ id, expected: null, next: sampleTicket(id) })),
  });
  const view = join(folder, "view");
  const path = join(view, "1a", "tk-1a01.md");
  expect(await shownPath(backend.views, view, "tk-1a01")).toBe(path);
  expect(existsSync(view)).toBe(false);
  await backend.views.create(view, "shared");
  expect(existsSync(path)).toBe(false);
  expect(await shownPath(backend.views, view, "tk-1a01")).toBe(path);
  expect(existsSync(path)).toBe(true);
  expect(existsSync(join(view, "2b"))).toBe(false);
  await backend.close();
});
