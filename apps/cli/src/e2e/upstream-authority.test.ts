// Two hosts whose upstream has the last word, as their people and agents see them.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

const patience = 120_000;

interface Status {
  readonly upstream: {
    readonly authority: string;
    readonly ahead: number;
    readonly pending: number;
    readonly failure: { readonly code: string } | null;
  } | null;
}

async function host(): Promise<Repository> {
  const repository = await createRepository({ isInitialised: false });
  onTestFinished(() => repository.remove());
  return repository;
}

function settle(repository: Repository, url: string): void {
  const settings = [
    "upstream:",
    `  url: ${url}`,
    "  authority: upstream",
    "  intervalMs: 604800000",
    "  timeoutMs: 8000",
  ];
  repository.write(".wiggum/config.yaml", `${settings.join("\n")}\n`);
}

async function twoHosts() {
  const [first, second] = [await host(), await host()];
  const path = join(dirname(first.root), "tickets-upstream.git");
  execFileSync("git", ["init", "-q", "--bare", path]);
  await first.succeed(["init", "--upstream", path]);
  settle(first, path);
  const id = await first.succeed(["ticket", "create", "Shared"]);
  await second.succeed(["init", "--upstream", path]);
  settle(second, path);
  return { first, second, path, id };
}

async function upstreamOf(repository: Repository) {
  return (await repository.json<Status>(["status"])).upstream;
}

describe("two hosts under the authority of their upstream", { timeout: patience }, () => {
  test("of two claims the second is refused at once, although its host had not heard of the first", async () => {
    const { first, second, id } = await twoHosts();
    await first.succeed(["ticket", "claim", id, "ann"]);
    const late = await second.wiggum(["ticket", "claim", id, "bob"]);
    expect([late.exitCode, late.stdout]).toEqual([9, ""]);
    expect(late.stderr).toContain("ann");
    // It was told who was first, and sees it now.
    expect(await second.succeed(["ticket", "show", id])).toContain("assigned_agent_id: ann");
    expect(await upstreamOf(second)).toMatchObject({
      authority: "upstream",
      ahead: 0,
      pending: 0,
      failure: null,
    });
    expect(await second.succeed(["status"])).toContain("Its word counts");
    expect((await second.wiggum(["ticket", "sync"])).exitCode).toBe(0);
  });

  test("what two hosts add to one ticket is there on both; nothing has to be joined", async () => {
    const { first, second, id } = await twoHosts();
    await first.succeed(["ticket", "comment", id, "ann", "from the first"]);
    await second.succeed(["ticket", "comment", id, "bob", "from the second"]);
    await first.succeed(["ticket", "sync", "--pull"]);
    for (const repository of [first, second]) {
      const shown = await repository.succeed(["ticket", "show", id]);
      expect(shown).toContain("from the first");
      expect(shown).toContain("from the second");
    }
  });

  test("without the upstream nothing is written and exit 12 says so; reading goes on", async () => {
    const { first, path, id } = await twoHosts();
    settle(first, "git://127.0.0.1:1/nobody.git");
    const offline = await first.wiggum(["ticket", "comment", id, "ann", "not now"]);
    expect([offline.exitCode, offline.stdout]).toEqual([12, ""]);
    expect(offline.stderr).toContain("nothing was written");
    expect(offline.stderr).toContain("'authority: upstream'");
    expect(await first.succeed(["ticket", "show", id])).not.toContain("not now");
    expect(await upstreamOf(first)).toMatchObject({ failure: { code: "OFFLINE" }, pending: 0 });
    const { findings } = await first.json<{ findings: { code: string; hint?: string }[] }>(["doctor"]);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: "OFFLINE",
        hint: expect.stringContaining("can be read, and not changed"),
      }),
    );
    settle(first, path);
    await first.succeed(["ticket", "comment", id, "ann", "but now"]);
    expect(await upstreamOf(first)).toMatchObject({ failure: null, ahead: 0 });
  });
});
