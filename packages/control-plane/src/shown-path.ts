import { existsSync } from "node:fs";
import type { TicketId, TicketViews } from "@wiggum/ticket-core";

/** Where the ticket's file is in a view that is there, also in one that has not shown it so far. A view that cannot be written is left as it is. */
export async function shownPath(
  views: Pick<TicketViews, "path" | "refresh">,
  view: string,
  id: TicketId,
): Promise<string> {
  if (existsSync(view) && !existsSync(views.path(view, id))) {
    // Whoever needs the file finds out, and says what it needs it for.
    await views.refresh(view, { isGlance: true, showing: [id] }).catch(() => {});
  }
  return views.path(view, id);
}
