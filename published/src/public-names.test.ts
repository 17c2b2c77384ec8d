// Looks at what is built: `pnpm run build` first. After a wanted change: `vitest run published/src/public-names.test.ts -u`.
import { describe, expect, test } from "vitest";
import { type PublicName, publicNamesOf, publishedLibraries } from "./public-names.js";

for (const library of publishedLibraries()) {
  describe(`@wiggum/${library.folder}`, () => {
    const entries = publicNamesOf(library);

    test("exports the names that are on file, declared as they are on file, no fewer and no more", async () => {
      const pages = [...entries].map(([specifier, names]) => {
        const list = names.map(({ name, kind }) => `- \`${name}\` ${kind}`);
        const declarations = names.map(({ declaration }) => declaration);
        return `## ${specifier}\n\n${list.join("\n")}\n\n\`\`\`ts\n${declarations.join("\n\n")}\n\`\`\`\n`;
      });
      await expect(`# What @wiggum/${library.folder} exports\n\n${pages.join("\n")}`).toMatchFileSnapshot(
        `../api/${library.folder}.md`,
      );
    });

    test("says of each of them what it is", () => {
      const silent = [...entries].flatMap(([specifier, names]) =>
        names.filter((name) => !isSaid(name)).map(({ name }) => `${specifier}: ${name}`),
      );
      expect(silent).toEqual([]);
    });

    test.each([...entries])("%s has at run time what its declarations say", async (specifier, names) => {
      const values = names.filter(({ kind }) => kind !== "type").map(({ name }) => name);
      expect(Object.keys(await import(specifier)).sort()).toEqual(values);
    });
  });
}

/** A sentence, at the least. */
function isSaid({ words }: PublicName): boolean {
  return /\w+\W+\w+\W+\w+/.test(words);
}
