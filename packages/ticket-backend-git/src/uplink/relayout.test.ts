// Two hosts and a change of the layout: what either wrote lands where the layout says, and the move is not lost.
import { expect, test } from "vitest";
import { file, first, rewrite, type StoreFixture } from "../store.fixture.js";
import { type Host, makeHosts } from "./uplink.fixture.js";

const pathsOf = ({ plain }: StoreFixture) =>
  plain("ls-tree", "-r", "--name-only", "main")
    .split("\n")
    .filter((path) => path.includes("tk-"))
    .sort();

async function titlesOf({ backend }: Host) {
  const { tickets, problems } = await backend.list();
  expect(problems).toEqual([]);
  return tickets.map(({ ticket: { id, title } }) => `${id} ${title}`).sort();
}

async function retitle({ backend }: Host, id: string, title: string) {
  await rewrite(backend, first((await backend.list({ ids: [id] })).tickets), { title });
}

async function makeTwo() {
  return makeHosts(async (backend) => {
    for (const id of ["tk-1a01", "tk-2b02"]) await file(backend, id);
  });
}

test("one moves while the other writes: the writes are replayed into the folders", async () => {
  const hosts = await makeTwo();
  await hosts.first.backend.relayout("fan-out");
  await retitle(hosts.first, "tk-1a01", "One");
  await retitle(hosts.second, "tk-2b02", "Two");
  await file(hosts.second.backend, "tk-3c03", { title: "Three" });
  await hosts.first.uplink.sync();
  const report = await hosts.second.uplink.sync();
  expect(report).toMatchObject({ refused: [] });
  await hosts.first.uplink.sync();
  for (const host of [hosts.first, hosts.second]) {
    expect(pathsOf(host)).toEqual(["1a/tk-1a01.md", "2b/tk-2b02.md", "3c/tk-3c03.md"]);
    expect(await titlesOf(host)).toEqual(["tk-1a01 One", "tk-2b02 Two", "tk-3c03 Three"]);
    expect((await host.backend.lookAtLayout()).from).toBe("fan-out");
  }
}, 120_000);

test("the upstream goes on in the old layout: the move is made once more, with what came", async () => {
  const hosts = await makeTwo();
  await retitle(hosts.first, "tk-1a01", "One");
  await hosts.first.uplink.sync();
  await retitle(hosts.second, "tk-2b02", "Before the move");
  await hosts.second.backend.relayout("fan-out");
  await retitle(hosts.second, "tk-2b02", "After the move");
  expect(await hosts.second.uplink.sync()).toMatchObject({ refused: [] });
  await hosts.first.uplink.sync();
  for (const host of [hosts.first, hosts.second]) {
    expect(pathsOf(host)).toEqual(["1a/tk-1a01.md", "2b/tk-2b02.md"]);
    expect(await titlesOf(host)).toEqual(["tk-1a01 One", "tk-2b02 After the move"]);
  }
}, 120_000);

test("both move: one move is enough", async () => {
  const hosts = await makeTwo();
  await hosts.first.backend.relayout("fan-out");
  await hosts.first.uplink.sync();
  await hosts.second.backend.relayout("fan-out");
  await retitle(hosts.second, "tk-2b02", "Two");
  expect(await hosts.second.uplink.sync()).toMatchObject({ refused: [] });
  await hosts.first.uplink.sync();
  for (const host of [hosts.first, hosts.second]) {
    expect(pathsOf(host)).toEqual(["1a/tk-1a01.md", "2b/tk-2b02.md"]);
    expect((await titlesOf(host))[1]).toBe("tk-2b02 Two");
  }
}, 120_000);
