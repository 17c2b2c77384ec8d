// What is said between the command and the process that tries a module. Plain data: it goes over a channel.
import type { ConformanceKind } from "./load-module.js";

/** A rule as the process knows it; it is asked for by its place in the list. */
export interface TrialRule {
  readonly rule: string;
  /** The rule in words. */
  readonly says: string;
  readonly standing: "concerned" | "not concerned" | "unproved";
  /** Why it could not be proved. */
  readonly lacks?: string;
  /** Milliseconds that a sound module may take at most; absent = the usual limit. */
  readonly limitMs?: number;
}

/** What a module turned out to be. */
export interface TrialPlan {
  readonly kind: ConformanceKind;
  /** What the backend or runner calls itself. */
  readonly name: string;
  /** Version of the contract. */
  readonly contract: number;
  readonly rules: readonly TrialRule[];
  /** How many rules are tried at a time. */
  readonly atATime: number;
}

/** The argument of the process, as JSON. */
export interface TrialOrder {
  readonly path: string;
  readonly kind?: ConformanceKind | undefined;
}

export type TrialQuestion = { readonly try: number } | { readonly end: true };

export type TrialAnswer =
  | { readonly about: "plan"; readonly plan: TrialPlan }
  /** The module cannot be used, and why. */
  | { readonly about: "refusal"; readonly why: string }
  /** The end of one rule; with `found` it is broken. */
  | { readonly about: "rule"; readonly index: number; readonly found?: string }
  /** Something went wrong that is of no rule, or of one of several; the process ends. */
  | { readonly about: "stray"; readonly message: string; readonly isOfNoRule: boolean };
