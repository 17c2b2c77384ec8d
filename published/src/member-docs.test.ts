// The members that embedders meet first: each says what it is. Whoever adds one to these files documents it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-6";
import { expect, test } from "vitest";
import { repository } from "./public-names.js";

const files = [
  "ticket-core/src/attachments.ts",
  "ticket-core/src/backend.ts",
  "ticket-core/src/conformance/conformance-case.ts",
  "ticket-core/src/conformance/plan.ts",
  "ticket-core/src/ticket-type.ts",
  "ticket-core/src/ticket.ts",
  "ticket-core/src/tickets.ts",
  "workflow/src/conformance/agent-runner.ts",
  "workflow/src/runner.ts",
];

/** Members of the exported interfaces of a file that have no docstring. */
function undocumented(path: string): readonly string[] {
  const text = readFileSync(path, "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .flatMap(({ name, members }) =>
      members
        .filter((member) => ts.getJSDocCommentsAndTags(member).length === 0)
        .map((member) => `${name.text}.${member.name?.getText(source)}`),
    );
}

test.each(files)("every member of the public types in %s has a docstring", (file) => {
  expect(undocumented(join(repository, "packages", file))).toEqual([]);
});
