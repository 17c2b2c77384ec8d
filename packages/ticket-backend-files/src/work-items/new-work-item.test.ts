import { expect, test } from "vitest";
import { filesOf, openItems, temporaryFolder } from "../store.fixture.js";

test("labels and risks of a new item are lines that every reader takes, or are refused by name", async () => {
  const root = temporaryFolder();
  const before = filesOf(root);
  const items = openItems(root);
  for (const [field, input] of Object.entries({
    labels: { labels: ["a\nb"] },
    riskFlags: { riskFlags: ["\u001b[2J"] },
  })) {
    await expect(items.create({ title: "T", ...input })).rejects.toMatchObject({
      code: "TICKET_INVALID",
      data: { field },
    });
  }
  expect(filesOf(root)).toEqual(before);
});
