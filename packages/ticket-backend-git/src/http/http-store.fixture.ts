// A store on a git server of this test: nothing here uses git but the server.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { judge, temporaryFolder } from "../store.fixture.js";
import { gitHttp } from "../uplink/servers.fixture.js";
import { createHttpBackend, type HttpBackend, type HttpBackendOptions } from "./create-http-backend.js";

export interface HttpStore {
  readonly folder: string;
  readonly url: string;
  /** Another program's backend, with a clone of its own. Closed by the caller. */
  open(options?: Partial<HttpBackendOptions>): HttpBackend;
  /** Plain git on the server's repository, trimmed. */
  plain(...args: string[]): string;
}

/** An empty repository, as a person makes one on a server. */
export function makeServed(folder: string): void {
  const path = join(folder, "upstream.git");
  execFileSync("git", ["init", "--quiet", "--bare", path]);
  execFileSync("git", ["config", "http.receivepack", "true"], { cwd: path });
}

export async function serveStore(): Promise<HttpStore> {
  const folder = temporaryFolder();
  makeServed(folder);
  const url = `http://127.0.0.1:${await gitHttp(folder)}/upstream.git`;
  return {
    folder,
    url,
    open: (options = {}) => createHttpBackend({ url, judge, pollMs: 20, ...options }),
    plain: (...args) =>
      execFileSync("git", args, { cwd: join(folder, "upstream.git"), encoding: "utf8" }).trim(),
  };
}
