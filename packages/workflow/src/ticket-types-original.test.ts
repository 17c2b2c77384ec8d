import { builtinTypes } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import { at, typeOf } from "./testing/types-fixture.js";
import { parseTicketTypes } from "./ticket-types.js";

/** The original's default file, by its description: lists of hooks by target. */
const original = {
  states: ["ready", "in-progress", "review", "qa", "done", "closed"],
  default_type: "task",
  types: ["feature", "bug", "task", "epic", "chore"],
  transitions: {
    ready: { targets: ["in-progress", "closed"], hooks: { pre: [], post: { "in-progress": ["on-claim"] } } },
    "in-progress": {
      targets: ["review"],
      hooks: { pre: { review: ["pre-review"] }, post: { review: ["on-draft-done"] } },
    },
    review: {
      targets: ["qa", "in-progress", "done", "closed"],
      hooks: { pre: [], post: { qa: ["on-review-done"], "in-progress": ["on-review-rejected"] } },
    },
    qa: {
      targets: ["done", "in-progress", "closed"],
      hooks: { post: { done: ["on-qa-done", "on-close"], "in-progress": ["on-qa-rejected"] } },
    },
    done: { targets: [], hooks: { pre: [], post: [] } },
  },
};

describe("the original's shape", () => {
  test("its default file means the same as the built-in types", () => {
    const { "pr-task": _later, ...types } = builtinTypes.types;
    expect(parseTicketTypes(original)).toEqual({ defaultType: "task", types });
    expect(parseTicketTypes(JSON.stringify(original))).toEqual({ defaultType: "task", types });
  });

  test("a list of hooks is for every target, a target's own list beats it", () => {
    const type = typeOf({
      ...original,
      transitions: {
        ...original.transitions,
        review: { targets: ["qa", "in-progress"], hooks: { post: { "*": ["all"], qa: ["only-qa"] } } },
        qa: { targets: ["done", "closed"], hooks: { post: ["all"] } },
      },
    });
    const hooksAfter = (from: string, to: string) =>
      type.transitions.find((edge) => edge.from === from && edge.to === to)?.after.map(({ name }) => name);
    expect([
      hooksAfter("review", "qa"),
      hooksAfter("review", "in-progress"),
      hooksAfter("qa", "done"),
      hooksAfter("qa", "closed"),
    ]).toEqual([["only-qa"], ["all"], ["all"], ["all"]]);
  });

  test("other states: the first one is claimed into the first that goes on", () => {
    const type = typeOf({
      states: ["todo", "dropped", "coding", "shipped"],
      types: ["task"],
      transitions: { todo: { targets: ["dropped", "coding"] }, coding: { targets: ["shipped"] } },
    });
    expect(type.transitions.map(({ from, to, effects }) => [from, to, effects])).toEqual([
      ["todo", "dropped", []],
      ["todo", "coding", ["claim"]],
      ["coding", "shipped", []],
    ]);
    expect(type.states.map(({ name, claimable, roles, final }) => [name, claimable, roles, final])).toEqual([
      ["todo", true, [], false],
      ["dropped", false, [], true],
      ["coding", false, ["worker"], false],
      ["shipped", false, [], true],
    ]);
  });

  test("its mistakes are named, all of them", () => {
    expect(
      at({
        ...original,
        default_type: "tsak",
        transitions: {
          ...original.transitions,
          ready: { targets: ["in-progres"], hooks: { post: { closed: ["x"] } } },
          nowhere: { targets: [] },
        },
      }).sort(),
    ).toEqual(
      [
        "$.default_type",
        "$.transitions.ready.targets[0]",
        "$.transitions.ready.hooks.post.closed",
        "$.transitions.nowhere",
      ].sort(),
    );
    expect(at({ ...original, transitions: { ready: { targets: [], hook: {} } }, extra: 1 }).sort()).toEqual([
      "$.extra",
      "$.transitions.ready.hook",
    ]);
  });

  test("a machine that never ends, or never begins, is none", () => {
    const two = { states: ["a", "b"], types: ["task"] };
    expect(at({ ...two, transitions: { a: { targets: ["b"] }, b: { targets: ["a"] } } })).toEqual([
      "$.states",
    ]);
    expect(at({ ...two, transitions: { b: { targets: ["a"] } } })).toEqual(["$.states[0]"]);
  });
});
