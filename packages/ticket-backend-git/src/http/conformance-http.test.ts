// No git program, one process, a real server of git.
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultAttachmentLimits } from "@wiggum/ticket-core";
import { ticketBackendConformance } from "@wiggum/ticket-core/conformance";
import { afterAll, test } from "vitest";
import { startGitHttp } from "../uplink/servers.fixture.js";
import { createHttpBackend } from "./create-http-backend.js";
import { makeServed } from "./http-store.fixture.js";

const testTimeoutMs = 180_000;

/** One server for all tests; each has a repository of its own. */
const served = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-http-kit-")));
const server = await startGitHttp(served);
afterAll(() => {
  server.close();
  rmSync(served, { recursive: true, force: true });
});

await ticketBackendConformance({
  test: (name, run) => test(name, run, testTimeoutMs),
  createBackend: async ({ judge }) => {
    const folder = mkdtempSync(join(served, "store-"));
    makeServed(folder);
    const url = `http://127.0.0.1:${server.port}/${folder.slice(served.length + 1)}/upstream.git`;
    const attachmentLimits = { ...defaultAttachmentLimits, maxCount: 8 };
    const open = () => createHttpBackend({ url, judge, pollMs: 10, attachmentLimits });
    const backend = open();
    const opened = [backend];
    // The branch is there from now on, so that a person can push to it.
    await backend.list();
    return {
      backend,
      open: async () => {
        const another = open();
        opened.push(another);
        return another;
      },
      plant: (id, text) => plant(join(folder, "upstream.git"), id, text),
      dispose: async () => {
        for (const each of opened) await each.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});

/** As a person with git would: a clone, a file, a push. */
function plant(repository: string, id: string, text: string): void {
  const clone = mkdtempSync(join(served, "clone-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Pat", "-c", "user.email=pat@example.org", ...args], {
      cwd: clone,
      stdio: ["ignore", "ignore", "pipe"],
    });
  git("clone", "--quiet", "--branch", "wiggum/tickets", repository, ".");
  writeFileSync(join(clone, `${id}.md`), text);
  git("add", "-A");
  git("commit", "--quiet", "--message", "By hand");
  git("push", "--quiet", "origin", "HEAD:wiggum/tickets");
  rmSync(clone, { recursive: true, force: true });
}
