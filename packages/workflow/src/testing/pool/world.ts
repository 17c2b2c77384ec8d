import type { Ticket, TicketTypes } from "@wiggum/ticket-core";
import type { BudgetEntry, BudgetRules } from "../../budgets.js";
import type { ReviewRound } from "../../review-progress.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./virtual-time.js";

/** What keeps the pool safe and going. The simulation can do without any one of them, to show that it is needed. */
export const rules = [
  "fence",
  "self-fence",
  "whole-lease",
  "sleep-gap",
  "expire",
  "recover-spawns",
  "adopt",
  "attempts",
  "back-off",
  "idle-rounds",
  "pause",
  "budget",
  "budget-reservation",
  "capacity",
  "role-capacity",
  "place",
  "stage-rescue",
  "checkpoint",
  "dependencies",
  "priority",
] as const;
export type Rule = (typeof rules)[number];

export const minute = 60_000;
export const leaseMs = 30 * minute;
/** Wall clock of moment 0. */
export const epochMs = Date.parse("2026-01-02T04:00:00Z");
/** Short days, so that a run sees several. */
export const dayMs = 6 * 60 * minute;

export const maxAttempts = 3;
export const maxRounds = 8;
export const maxIdleRounds = 3;

const none = { effects: [], guards: [], before: [], after: [] } as const;
const state = { final: false, satisfiesDependants: false, claimable: false, roles: [] as readonly string[] };

/** Work, then review. */
export const types: TicketTypes = {
  defaultType: "task",
  types: {
    task: {
      name: "task",
      initial: "ready",
      states: [
        { ...state, name: "ready", claimable: true },
        { ...state, name: "in-progress", roles: ["worker"] },
        { ...state, name: "review", roles: ["reviewer"] },
        { ...state, name: "done", final: true, satisfiesDependants: true },
      ],
      transitions: [
        { ...none, from: "ready", to: "in-progress", effects: ["claim"] },
        { ...none, from: "in-progress", to: "review" },
        { ...none, from: "review", to: "done" },
        { ...none, from: "review", to: "in-progress" },
      ],
      fields: [],
      sections: [],
    },
  } as unknown as TicketTypes["types"],
};

/** What lies ahead of a ticket: each is a way in which agents fail people. */
export type Nature = "plain" | "poison" | "unclear" | "stubborn" | "greedy";

/** A ticket as it is stored, with what the world knows of it. */
export interface StoredTicket {
  ticket: Ticket;
  revision: number;
  readonly nature: Nature;
  /** Steps of work that it takes, and those that a checkpoint holds. */
  readonly steps: number;
  done: number;
  /** When it came into its state, and what was found in it since, on the monotonic clock. */
  enteredAtMs: number;
  rounds: ReviewRound[];
  commits: number;
  /** Sessions of each role that failed in its present state, and when the newest did; those of before its claim come back when that is undone. */
  failed: Failures;
  beforeClaim: Failures;
}

export interface Failures {
  readonly counts: Readonly<Record<string, number>>;
  readonly lastMs?: number | undefined;
}

export interface World {
  readonly random: Random;
  readonly time: VirtualTime;
  readonly tickets: Map<string, StoredTicket>;
  readonly maxAgents: number;
  readonly maxWorkers: number;
  readonly budget: BudgetRules | undefined;
  isDropped(rule: Rule): boolean;
  /** Something that must never happen has happened. */
  violate(what: string): void;
  /** Something that a supervisor would see. */
  touch(): void;
  /** Who waits for that. */
  onTouch?: (() => void) | undefined;
  onReserve?: ((entry: BudgetEntry) => void) | undefined;
  onRival?: ((ticketId: string, role: string) => void) | undefined;
  readonly network: Network;
  readonly wall: { jumpMs: number; lastJumpAtMs: number };
  /** While the provider lets nobody work. */
  readonly limit: { untilMs: number; notedAtMs: number | undefined };
  /** Hooks that hand a ticket to its next stage. */
  hooks: { readonly ticketId: string; readonly role: string }[];
}

/** What goes wrong between the hosts. */
export interface Network {
  /** The other host is cut off. */
  isCut: boolean;
  /** Percent of messages that are lost. */
  lossPercent: number;
  /** Answers to starts that are lost, and starts that take effect late. */
  lostStarts: number;
  lateStarts: number;
  /** Hooks that nobody runs, and stages that a person starts an agent for at the same moment. */
  lostHooks: number;
  rivals: number;
  /** Looks at the store that are refused because it is busy. */
  busyLooks: number;
}

export const wallMs = ({ time, wall }: Pick<World, "time" | "wall">) => epochMs + time.nowMs() + wall.jumpMs;
export const dayOf = (world: Pick<World, "time" | "wall">) => `day ${Math.floor(wallMs(world) / dayMs)}`;
