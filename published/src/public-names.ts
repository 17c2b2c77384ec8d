import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
// Version 7 has no stable JavaScript interface yet. This is the copy that the dependency rules are checked with anyway.
import ts from "typescript-6";

export const repository = fileURLToPath(new URL("../../", import.meta.url));

/** One way into a package. */
interface EntryPoint {
  /** As it is imported: `@wiggum/ticket-core/light`. */
  readonly specifier: string;
  /** Absolute path of the built declarations. */
  readonly declarations: string;
}

export interface PublishedLibrary {
  /** Folder below `packages/`. */
  readonly folder: string;
  readonly entries: readonly EntryPoint[];
}

/** A name that can be imported. */
export interface PublicName {
  readonly name: string;
  /** What it is when it is imported: a value, a type, or both under one name. */
  readonly kind: "type" | "value" | "value and type";
  /** What its users read in a tooltip, without tags such as `@throws`. */
  readonly words: string;
  /** Its declarations as they are built, without comments. */
  readonly declaration: string;
}

/** Every library with its entry points, as its manifest will be when it is published. */
export function publishedLibraries(): readonly PublishedLibrary[] {
  const packages = join(repository, "packages");
  return readdirSync(packages)
    .sort()
    .map((folder) => {
      const path = join(packages, folder);
      const { name, publishConfig } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      const targets = Object.entries<string | { readonly types: string }>(publishConfig.exports);
      return {
        folder,
        entries: targets.flatMap(([subpath, target]) =>
          typeof target === "string"
            ? []
            : [{ specifier: `${name}${subpath.slice(1)}`, declarations: join(path, target.types) }],
        ),
      };
    });
}

/** What each entry point exports, as somebody sees it who imports the built package. Sorted by name. */
export function publicNamesOf({ entries }: PublishedLibrary): ReadonlyMap<string, readonly PublicName[]> {
  const program = ts.createProgram(
    entries.map(({ declarations }) => declarations),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      noEmit: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  return new Map(
    entries.map(({ specifier, declarations }) => {
      const source = program.getSourceFile(declarations);
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${declarations} is no module: is everything built?`);
      const names = checker.getExportsOfModule(module).map((symbol) => describeName(symbol, checker));
      return [specifier, names.sort((one, other) => (one.name < other.name ? -1 : 1))];
    }),
  );
}

function describeName(exported: ts.Symbol, checker: ts.TypeChecker): PublicName {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
  const isType = (symbol.flags & ts.SymbolFlags.Type) !== 0;
  return {
    name: exported.name,
    kind: isValue && isType ? "value and type" : isValue ? "value" : "type",
    words: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    declaration: (symbol.declarations ?? []).map(declarationText).join("\n"),
  };
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

function declarationText(declaration: ts.Declaration): string {
  // `const` and `declare` stand on the statement around a variable.
  const isVariable = ts.isVariableDeclaration(declaration);
  const node = isVariable ? declaration.parent.parent : declaration;
  return printer.printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile());
}
