import { defineCommand } from "../../command.js";
import { usageError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { type SourceFormat, sourceFormats } from "../../exchange/imported-ticket.js";
import { lineFlag, repeatedFlag, switchFlag } from "../../parameters.js";

interface Flags {
  readonly from: SourceFormat;
  readonly source?: string;
  readonly mapState?: readonly string[];
  readonly dryRun?: boolean;
  readonly atomic?: boolean;
  readonly restore?: boolean;
}

export default defineCommand({
  examples: [
    "wiggum ticket import --from beads .beads/issues.jsonl --dry-run",
    "wiggum ticket import --from backlog backlog --map-state 'In Review=review'",
    "wiggum ticket import --from github - < issues.json",
  ],
  details: [
    "What every field of the source became (kept, mapped, dropped) is printed, and last whether all is in. Ids are kept as references, links are re-pointed. Imported again, nothing changes, and what was deleted here stays deleted; interrupted, the same command makes the rest.",
    "A broken record is named with its file and line, the rest goes in, and the command ends with 1. 'wiggum help import-export' tells of every format.",
  ],
  parameters: {
    flags: {
      from: { kind: "enum", values: sourceFormats, brief: "Where the tickets come from" },
      source: lineFlag("source", "NAME", "Name of this source, where two have the same ids"),
      mapState: repeatedFlag("FROM=TO", "A state of the source and what it becomes here"),
      dryRun: switchFlag("Print what would be done with every record and field"),
      atomic: switchFlag("All of it or nothing, in one commit"),
      restore: switchFlag("Also make tickets again that were imported before and deleted here"),
    },
    positional: {
      kind: "tuple",
      parameters: [
        {
          placeholder: "path",
          brief: "File or folder; - reads standard input",
          parse: (text: string) => text,
        },
      ],
    },
  },
  async run(context: Context, flags: Flags, path: string) {
    const { importTickets } = await import("../../exchange/import-tickets.js");
    return await importTickets(context, {
      format: flags.from,
      path,
      source: flags.source,
      states: await statesIn(context, flags.mapState ?? []),
      isDryRun: flags.dryRun === true,
      isAtomic: flags.atomic === true,
      isRestoring: flags.restore === true,
    });
  },
});

/** A state that no type has would be refused for every record: a typing error. */
async function statesIn(context: Context, pairs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (pairs.length === 0) return new Map();
  const { types } = await context.project();
  const names = [
    ...new Set(Object.values(types.types).flatMap(({ states }) => states.map(({ name }) => name))),
  ];
  return new Map(
    pairs.map((pair) => {
      const equals = pair.lastIndexOf("=");
      const [from, to] = [pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1).trim()];
      if (equals < 1 || from === "")
        throw usageError(
          `--map-state: '${pair}' is not FROM=TO`,
          "For example: --map-state 'In Review=review'",
        );
      if (!names.includes(to)) throw usageError(`--map-state: '${to}' is none of ${names.join(", ")}`);
      return [from, to] as const;
    }),
  );
}
