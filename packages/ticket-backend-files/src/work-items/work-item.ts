// A work item as others see it: every value as it stands in the files, typed where the format says what it is.
import type { Reference, TicketProblem, Timestamp } from "@wiggum/ticket-core";
import type { WorkItemStatus } from "./statuses.js";
import type { WorkItemEvent } from "./thread.js";

/** Words that the format knows, and any other that somebody uses. */
export type OpenWord<Known extends string> = Known | (string & Record<never, never>);

/** What an event is about. */
export type WorkItemEventKind = OpenWord<"comment" | "plan" | "decision" | "implementation_report">;

/** How a review ended. */
export type WorkItemReviewResult = OpenWord<"approve" | "request_changes">;

/** What a list tells of an item. `status`, `kind`, `priority` and `readiness` are words that others may add to. */
export interface WorkItemSummary {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  /** The folder that it lies in. */
  readonly status: WorkItemStatus;
  readonly kind: OpenWord<"task" | "bug">;
  /** As written, for example `P2`. */
  readonly priority: string;
  readonly labels: readonly string[];
  readonly readiness?: string | undefined;
  readonly needsPreflight?: boolean | undefined;
  /** As written; `none` says that there is nothing to do. */
  readonly actionRequired?: string | undefined;
  readonly updatedAt: Timestamp;
  /** From the root, with `/`. */
  readonly path: string;
}

/** All values of the front matter of an item. */
export interface WorkItemMeta extends WorkItemSummary {
  readonly createdAt: Timestamp;
  readonly assignee?: string | undefined;
  readonly legacyTicket?: string | undefined;
  readonly riskFlags: readonly string[];
  readonly references: readonly Reference[];
  /** Every key as it stands there, known or not. */
  readonly raw: Readonly<Record<string, string>>;
}

/** One item with all that belongs to it. */
export interface WorkItem {
  readonly meta: WorkItemMeta;
  readonly document: {
    /** Everything behind the front matter, exactly. */
    readonly body: string;
    /** The lines between the two `---`, exactly. */
    readonly frontMatter: string;
  };
  /** Oldest first. */
  readonly events: readonly WorkItemEvent[];
  /** Paths in `artifacts/`, sorted; names that begin with a dot are left out. */
  readonly artifacts: readonly string[];
  readonly resolution?: string | undefined;
}

/** A listing, and what lies there that cannot be read. */
export interface WorkItemList {
  readonly items: readonly WorkItemSummary[];
  readonly problems: readonly TicketProblem[];
}

/** A new item. Texts are one line each, the body apart. */
export interface NewWorkItem {
  readonly title: string;
  /** Absent = made from the title, with a number behind it when another item has it. */
  readonly slug?: string | undefined;
  /** Default `task`. */
  readonly kind?: string | undefined;
  /** Default `P2`. */
  readonly priority?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Markdown. Absent = a background and an acceptance criterion to be filled in. */
  readonly body?: string | undefined;
  readonly assignee?: string | undefined;
  readonly legacyTicket?: string | undefined;
  readonly readiness?: string | undefined;
  readonly needsPreflight?: boolean | undefined;
  readonly riskFlags?: readonly string[] | undefined;
  readonly actionRequired?: string | undefined;
  readonly references?: readonly Reference[] | undefined;
}

/** What names an item. */
export interface WorkItemName {
  readonly id: string;
  readonly slug: string;
  readonly status: WorkItemStatus;
}

/** An event to add. */
export interface NewWorkItemEvent {
  readonly kind: WorkItemEventKind;
  readonly body: string;
  /** Written as a list at the end of the body. */
  readonly references?: readonly Reference[] | undefined;
}

/** The outcome of a review. */
export interface WorkItemReview {
  readonly result: WorkItemReviewResult;
  readonly body: string;
}

/** Who writes, and under which id a repetition is known. */
export interface WorkItemWrite {
  /** Default `unknown`. White space in it becomes `_`. */
  readonly author?: string | undefined;
  /** The same twice has one effect. Absent = drawn. */
  readonly operationId?: string | undefined;
}

/** Something that `doctor` found. Only errors fail a check. */
export interface WorkItemFinding {
  readonly severity: "error" | "warning";
  readonly message: string;
  /** From the root; empty = the root itself. */
  readonly path: string;
  readonly line?: number | undefined;
}

/** What `doctor` answers. */
export interface WorkItemReport {
  readonly findings: readonly WorkItemFinding[];
  /** No errors; warnings do not count. */
  readonly isSound: boolean;
}
