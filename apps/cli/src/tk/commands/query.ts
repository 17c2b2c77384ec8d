import { printableJson } from "../../printable.js";
import { filterRecords } from "../filter/filter-records.js";
import { lines } from "../list-filters.js";
import type { TkCommand } from "../tk-call.js";

/** `query`: front matter as JSON, one object for each ticket and line. */
export const query: TkCommand = async ({ words: [filter], host, store }) => {
  const records = await store.members();
  const wanted = filter
    ? filterRecords(filter, records, host.environment)
    : records.map((record) => printableJson(record));
  host.print(lines(wanted));
  return 0;
};
