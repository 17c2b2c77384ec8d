// Finds a function from examples: a breadth-first search over pipelines of small steps, shortest first.

const wordPattern = "/[\\p{L}\\p{N}]+/gu";

/** Each step maps one kind of value to another. `code` makes the source of the step from the source of its input. */
const steps = [
  { name: "trim", from: "text", to: "text", run: (x) => x.trim(), code: (x) => `${x}.trim()` },
  { name: "lower", from: "text", to: "text", run: (x) => x.toLowerCase(), code: (x) => `${x}.toLowerCase()` },
  { name: "upper", from: "text", to: "text", run: (x) => x.toUpperCase(), code: (x) => `${x}.toUpperCase()` },
  {
    name: "plain",
    from: "text",
    to: "text",
    run: (x) => x.normalize("NFD").replace(/\p{M}/gu, ""),
    code: (x) => `${x}.normalize("NFD").replace(/\\p{M}/gu, "")`,
  },
  {
    name: "words",
    from: "text",
    to: "list",
    run: (x) => x.match(/[\p{L}\p{N}]+/gu) ?? [],
    code: (x) => `(${x}.match(${wordPattern}) ?? [])`,
  },
  {
    name: "capitals",
    from: "list",
    to: "list",
    run: (x) => x.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()),
    code: (x) => `${x}.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())`,
  },
  {
    name: "first letters",
    from: "list",
    to: "list",
    run: (x) => x.map((word) => word.charAt(0)),
    code: (x) => `${x}.map((word) => word.charAt(0))`,
  },
  {
    name: "first small",
    from: "list",
    to: "list",
    run: (x) => x.map((word, index) => (index === 0 ? word.toLowerCase() : word)),
    code: (x) => `${x}.map((word, index) => (index === 0 ? word.toLowerCase() : word))`,
  },
  {
    name: "reversed",
    from: "list",
    to: "list",
    run: (x) => [...x].reverse(),
    code: (x) => `[...${x}].reverse()`,
  },
  ...["", " ", "-", "_", "."].map((glue) => ({
    name: `joined with ${JSON.stringify(glue)}`,
    from: "list",
    to: "text",
    run: (x) => x.join(glue),
    code: (x) => `${x}.join(${JSON.stringify(glue)})`,
  })),
];

/** @returns the shortest pipeline that satisfies every example, or undefined when none of at most `longest` steps does. */
export function synthesize(examples, longest = 6) {
  const start = {
    kind: "text",
    values: examples.map((example) => example.arguments[0]),
    code: "text",
    names: [],
  };
  if (start.values.some((value) => typeof value !== "string")) return undefined;
  const wanted = JSON.stringify(examples.map((example) => example.value));
  const seen = new Set([JSON.stringify(start.values)]);
  let front = [start];
  for (let depth = 0; depth < longest; depth += 1) {
    const next = [];
    for (const state of front) {
      for (const step of steps) {
        if (step.from !== state.kind) continue;
        const values = state.values.map(step.run);
        const key = JSON.stringify(values);
        if (seen.has(key)) continue;
        seen.add(key);
        const found = {
          kind: step.to,
          values,
          code: step.code(state.code),
          names: [...state.names, step.name],
        };
        if (key === wanted) return found;
        next.push(found);
      }
    }
    front = next;
  }
  return undefined;
}
