// Contract of createTickets(); the implementation lives in create-tickets.ts and its neighbours.
import type { Attachment } from "./attachments.js";
import type {
  PageRequest,
  SummaryPage,
  TicketBackend,
  TicketPage,
  TicketProblem,
  TicketQuery,
} from "./backend.js";
import type {
  ActionRequired,
  Actor,
  Fence,
  FieldValue,
  OperationId,
  Reference,
  Revision,
  Ticket,
  TicketId,
  TicketRecord,
  TicketSummary,
  Timestamp,
} from "./ticket.js";
import type { TicketTypes } from "./ticket-type.js";

/** What `createTickets` works with: a store, types, and the world (time, ids, chance). */
export interface TicketsPorts {
  /** Where the tickets are kept. */
  readonly backend: TicketBackend;
  /** All types that tickets may have; `defaultType` is that of a new one. */
  readonly types: TicketTypes;
  /** Wall clock, only displayed: never decides anything. */
  readonly now: () => Date;
  /** Makes operation and event ids: ULIDs. */
  readonly newId: () => string;
  /** Random whole number in [0, below). Draws ticket ids. */
  readonly random: (below: number) => number;
  /**
   * Fewest hex digits of a new id, beside what the number of tickets asks for: where other hosts draw ids, too, and nobody sees the others' until
   * later, short ones would collide. Default: none.
   */
  readonly fewestIdDigits?: number | undefined;
}

/** On whose behalf, and how. Given to every write. */
export interface WriteContext {
  /** Who asks; kept in the history. */
  readonly actor: Actor;
  /** The claim of an agent. Without one an agent is refused with TICKET_FENCED. */
  readonly fence?: Fence | undefined;
  /** Absent = a new one is made. */
  readonly operationId?: OperationId | undefined;
  /** The operation id was made up for this write: nobody can have committed it before, so it is not looked up. */
  readonly isNewOperation?: boolean | undefined;
  /** Why, for people and programs: `hook on-qa-done`. Kept in the history. */
  readonly cause?: string | undefined;
  /** Refuse with TICKET_CONFLICT unless this is the stored revision. */
  readonly expected?: Revision | undefined;
  /** Why this steps outside the state machine; kept in the history. Edges are not judged then. */
  readonly override?: string | undefined;
  /** `true` = the after-hooks of this write do not run. Kept in the history. */
  readonly skipHooks?: boolean | undefined;
}

/** A ticket to be created. What is absent has the default of its type. */
export interface NewTicket {
  /** One line, not empty. */
  readonly title: string;
  /** Name of a type; absent = the default type. */
  readonly type?: string | undefined;
  /** 0 (highest) to 4 (lowest); absent = 2. */
  readonly priority?: number | undefined;
  /** Markdown, below the title. */
  readonly description?: string | undefined;
  /** One line each; they become boxes that nobody has checked yet. */
  readonly acceptanceCriteria?: readonly string[] | undefined;
  /** Full or partial ids; each must exist. */
  readonly dependsOn?: readonly string[] | undefined;
  /** As `Ticket.blocks`; full or partial ids, each must exist. */
  readonly blocks?: readonly string[] | undefined;
  /** Full or partial id of the ticket that this is a part of; it must exist. */
  readonly parent?: string | undefined;
  /** As `Ticket.labels`. */
  readonly labels?: readonly string[] | undefined;
  /** As `Ticket.riskFlags`. */
  readonly riskFlags?: readonly string[] | undefined;
  /** As `Ticket.readiness`. */
  readonly readiness?: string | undefined;
  /** As `Ticket.needsPreflight`. */
  readonly needsPreflight?: boolean | undefined;
  /** As `Ticket.references`. */
  readonly references?: readonly Reference[] | undefined;
  /** Fields that the type declares. */
  readonly fields?: Readonly<Record<string, FieldValue>> | undefined;
}

/** `kind` of an entry: feedback and comments have their own sections, all others stand in the thread. */
export type EventKind =
  | "feedback"
  | "comment"
  | "plan"
  | "decision"
  | "implementation_report"
  | "review"
  | "status_changed"
  | "message"
  | (string & {});

/** An entry to be added to a ticket: feedback or a comment. */
export interface NewEvent {
  /** Decides where it stands in the text: see `EventKind`. */
  readonly kind: EventKind;
  /** Shown as `### From <source>`; also the author. */
  readonly source: string;
  /** Markdown; a heading or `---` line in it is kept and splits nothing. */
  readonly text: string;
  /** The same id again adds nothing. Absent = a new one is made. */
  readonly id?: string | undefined;
}

/** An entry of a ticket: feedback, a comment, with its author. */
export interface TicketEvent {
  /** Absent for entries that a person wrote by hand. */
  readonly id?: string | undefined;
  /** What the entry is; entries by hand count by the section they stand in. */
  readonly kind: EventKind;
  /** Who wrote it, as its heading says. */
  readonly source: string;
  /** When, as its heading says; absent where it says nothing. */
  readonly at?: string | undefined;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** An acceptance criterion: a line with a box in the ticket's text. */
export interface Criterion {
  /** 1 = first. */
  readonly index: number;
  /** Without the box. */
  readonly text: string;
  /** The box has an x. */
  readonly checked: boolean;
}

/** A ticket that waits, and for what. */
export interface BlockedTicket {
  /** The ticket that waits. */
  readonly record: TicketSummary;
  /** Every reason why it cannot be claimed now. */
  readonly reasons: readonly BlockingReason[];
}

/** Why a ticket cannot be claimed now. */
export type BlockingReason =
  | { readonly kind: "dependency"; readonly id: TicketId; readonly state: string }
  | { readonly kind: "missing"; readonly id: TicketId }
  | { readonly kind: "unreadable"; readonly id: TicketId }
  /** Over, but in a final state that does not satisfy dependants (`closed` by default). */
  | { readonly kind: "undelivered"; readonly id: TicketId; readonly state: string }
  | { readonly kind: "cycle"; readonly path: readonly TicketId[] }
  | { readonly kind: "action-required"; readonly actionRequired: ActionRequired };

/** A ticket with what it depends on, and so on. */
export interface TicketTree {
  /** Of the ticket at this place. */
  readonly id: TicketId;
  /** Absent = not found. */
  readonly record?: TicketSummary | undefined;
  /** Its cycle was shown already (it is its own ancestor, as a rule): no children here. */
  readonly repeated: boolean;
  /** Where several tickets need the same one, its tree is the same object in each. */
  readonly dependencies: readonly TicketTree[];
}

/** Something in the tickets that is not as it should be. `code` is stable, `message` is for people. */
export interface DoctorFinding {
  /** An error stops work or lies; a warning is worth a look. */
  readonly severity: "error" | "warning";
  /** What is wrong, as a word that stays the same: an error code (`TICKET_UNREADABLE`), or one of doctor's own. */
  readonly code: string;
  /** The ticket that it is about, where it is one. */
  readonly id?: TicketId | undefined;
  /** Name inside the store of the file that it is about, where a file itself is wrong; control characters are escaped. */
  readonly path?: string | undefined;
  /** Line of that file, from 1, where it is one. */
  readonly line?: number | undefined;
  /** A sentence for people; it may change. */
  readonly message: string;
  /** The next step, where there is one. */
  readonly hint?: string | undefined;
}

/** Everything that `doctor()` found; empty = all is well. */
export interface DoctorReport {
  /** What the store says first, then ticket by ticket. */
  readonly findings: readonly DoctorFinding[];
}

/** What may be done with tickets, over any backend. Ids may be partial: reading takes unique prefixes and substrings, writing only prefixes. */
export interface Tickets {
  /** The store that these operations work on. */
  readonly backend: TicketBackend;
  /** The types that they judge by. */
  readonly types: TicketTypes;

  /**
   * Tickets that match, by priority, then age, then id; with what could not be read. @throws QUERY_INVALID; STORE_* where the store cannot
   * be read at all
   */
  list(query?: TicketQuery, page?: PageRequest): Promise<TicketPage>;
  /** As `list`, without the texts where the backend has them apart: costs less in a large store. */
  summaries(query?: TicketQuery, page?: PageRequest): Promise<SummaryPage>;
  /** @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS TICKET_UNREADABLE */
  show(id: string): Promise<TicketRecord>;
  /** Full id for what a person typed: an id, whole or in part, or the whole of another name where the store has some (slugs). */
  resolve(id: string, use: "read" | "write"): Promise<TicketId>;
  /** Tickets that can be claimed now, best first. */
  ready(limit?: number): Promise<readonly TicketSummary[]>;
  /** Tickets in a claimable state that cannot be claimed now, with every reason. */
  blocked(): Promise<readonly BlockedTicket[]>;
  /** The ticket with everything it depends on, directly or not; what is missing is in it, too. @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS */
  tree(id: string): Promise<TicketTree>;
  /** Tickets whose `parent` is this one. @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS */
  children(id: string): Promise<readonly TicketSummary[]>;
  /** Tickets that wait for this one (computed inverse of `dependsOn`). */
  dependants(id: string): Promise<readonly TicketSummary[]>;
  /**
   * Its entries (feedback, comments, thread) in the order of the text, read from the value. Where the backend has `threads`, those of its thread as
   * it is now follow.
   */
  events(ticket: Ticket): Promise<readonly TicketEvent[]>;
  /** Its acceptance criteria in the order of the text. Reads the value, not the store. */
  criteria(ticket: Ticket): Promise<readonly Criterion[]>;
  /** Text of a section, without its heading; undefined when there is none. */
  section(ticket: Ticket, heading: string): Promise<string | undefined>;

  /** @throws TYPE_UNKNOWN; TICKET_INVALID a value that may not be, or a field that the type does not declare; DEPENDENCY_CYCLE */
  create(input: NewTicket, context: WriteContext): Promise<TicketRecord>;
  /**
   * Reads, changes, commits; on a conflict reads again and changes again, at most 100 times, unless `context.expected` is set.
   * A change that changes nothing writes nothing. A new dependency that closes a cycle is refused, whichever way it comes in.
   * A change that takes the ticket from its holder starts a new epoch: the holder is fenced.
   * @throws DEPENDENCY_CYCLE; TRANSITION_NEEDS_WORKFLOW, TICKET_BLOCKED as `transition`, when the change moves the state
   */
  update(
    id: string,
    change: (ticket: Ticket) => Ticket,
    context: WriteContext & { readonly unguarded?: boolean | undefined },
    subject?: string,
  ): Promise<TicketRecord>;
  /**
   * Three-way by field against what is stored: the way for edits that a person made over some time. `verbatim` is the person's own text of
   * `mine`, taken up byte for byte (`updated_at` apart) when nobody else wrote in between.
   * @throws FIELD_CONFLICT; TICKET_CONFLICT when it was deleted meanwhile; TRANSITION_NEEDS_WORKFLOW, TICKET_BLOCKED as `transition`, when the
   * edit moves the state
   */
  merge(
    base: TicketRecord | undefined,
    mine: Ticket,
    context: WriteContext & { readonly unguarded?: boolean | undefined },
    options?: { readonly verbatim?: string | undefined; readonly subject?: string | undefined },
  ): Promise<TicketRecord>;
  /**
   * The bare transition: never applied again when another write came first. Over a claim edge the ticket goes to the actor if that is an agent,
   * unless `change` says otherwise.
   * @throws STATE_UNKNOWN TRANSITION_NOT_ALLOWED TICKET_CONFLICT TICKET_BLOCKED; TRANSITION_NEEDS_WORKFLOW where the edge has guards, before-hooks or effects
   * `claim`/`merge`, unless `unguarded`.
   */
  transition(
    id: string,
    to: string,
    context: WriteContext & {
      readonly unguarded?: boolean | undefined;
      readonly change?: ((ticket: Ticket) => Ticket) | undefined;
    },
  ): Promise<TicketRecord>;
  /**
   * State, assignee and a new epoch as one step. Never applied again when another write came first. `context.override` skips TICKET_BLOCKED.
   * @throws TICKET_HELD TICKET_BLOCKED TRANSITION_NOT_ALLOWED TICKET_CONFLICT; TRANSITION_NEEDS_WORKFLOW where the edge has guards, before-hooks
   * or a merge, unless `unguarded`
   */
  claim(
    id: string,
    agentId: string,
    context: WriteContext & { readonly unguarded?: boolean | undefined },
  ): Promise<TicketRecord>;
  /** Same state, same or another agent, `leaseEpoch + 1`: the former holder is fenced. @throws TICKET_HELD somebody else was first; TRANSITION_NOT_ALLOWED it is over */
  takeOver(id: string, agentId: string, context: WriteContext): Promise<TicketRecord>;
  /** Back to the initial state, unassigned, outside the state machine; epoch + 1. A ticket that is over stays so (TRANSITION_NOT_ALLOWED), unless `context.override` is set. */
  release(id: string, context: WriteContext): Promise<TicketRecord>;
  /** State unchanged. Taking it from another agent starts a new epoch: that agent is fenced. */
  assign(id: string, agentId: string, context: WriteContext): Promise<TicketRecord>;
  /** State unchanged; who held it is fenced. */
  unassign(id: string, context: WriteContext): Promise<TicketRecord>;
  /** Appends an entry. A second one with the same event id has no effect. */
  addEvent(id: string, event: NewEvent, context: WriteContext): Promise<TicketRecord>;
  /** Appends an entry of kind `review` whose text begins with the result; the state stays. */
  review(
    id: string,
    review: {
      readonly result: "approve" | "request_changes";
      readonly source: string;
      readonly text: string;
    },
    context: WriteContext,
  ): Promise<TicketRecord>;
  /** @throws DEPENDENCY_CYCLE with the path, also when two that cross are added at one instant */
  addDependency(id: string, on: string, context: WriteContext): Promise<TicketRecord>;
  /** It waits for the other no longer; where it did not, nothing is written. */
  removeDependency(id: string, on: string, context: WriteContext): Promise<TicketRecord>;
  /** @throws FIELD_CONFLICT when somebody else wrote the same section at the same time */
  setSection(id: string, heading: string, text: string, context: WriteContext): Promise<TicketRecord>;
  /** `index` 1 = first. @throws CRITERION_NOT_FOUND */
  setCriterion(
    id: string,
    index: number,
    change: { readonly checked?: boolean | undefined; readonly text?: string | undefined },
    context: WriteContext,
  ): Promise<TicketRecord>;
  /** Adds an acceptance criterion, unchecked, after the last. */
  addCriterion(id: string, text: string, context: WriteContext): Promise<TicketRecord>;
  /** A person must act: nobody can claim it until `clearAction`. `reason` is what they are asked. */
  requireAction(id: string, reason: string, context: WriteContext): Promise<TicketRecord>;
  /** The person has acted. `answer` is what they say, kept as a comment of theirs in the same commit. */
  clearAction(id: string, context: WriteContext, answer?: string): Promise<TicketRecord>;
  /** Follows the edge named `close` from the ticket's state; the resolution goes into the section of that name. */
  close(
    id: string,
    resolution: string | undefined,
    context: WriteContext & { readonly unguarded?: boolean | undefined },
  ): Promise<TicketRecord>;
  /** What is attached to a ticket, sorted by name. @throws UNSUPPORTED a backend without attachments */
  attachments(id: string): Promise<readonly Attachment[]>;
  /** One of them with its content. @throws ATTACHMENT_NOT_FOUND ATTACHMENT_INVALID UNSUPPORTED */
  attachment(
    id: string,
    name: string,
  ): Promise<{ readonly attachment: Attachment; readonly content: Uint8Array }>;
  /**
   * Attaches a file. The ticket itself stays as it is. `isReplacing` puts it in the place of what has that name, whatever that is by now.
   * @throws ATTACHMENT_CONFLICT there is one of that name; ATTACHMENT_INVALID an unsafe name, too large or one too many; TICKET_FENCED UNSUPPORTED
   */
  attach(
    id: string,
    file: {
      readonly name: string;
      readonly content: Uint8Array;
      readonly isReplacing?: boolean | undefined;
    },
    context: WriteContext,
  ): Promise<Attachment>;
  /** Takes an attachment away; answers its name. @throws ATTACHMENT_NOT_FOUND ATTACHMENT_CONFLICT TICKET_FENCED UNSUPPORTED */
  detach(id: string, name: string, context: WriteContext): Promise<string>;
  /** Only reads: unreadable or illegal tickets, dangling or circular dependencies, unknown states and types, what the backend finds. */
  doctor(): Promise<DoctorReport>;
}

export type { TicketProblem, Timestamp };
