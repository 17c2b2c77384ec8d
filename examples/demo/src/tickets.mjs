/** What a person files. `after` names tickets of this list that must be done first. */
export const tickets = [
  {
    key: "slugify",
    type: "feature",
    title: "slugify: makes a part of a web address",
    description: "Other tools build links from titles. Words joined by hyphens, small letters, no accents.",
    criteria: [
      '`slugify("Hello, World!")` returns `"hello-world"`',
      '`slugify("  Déjà vu  ")` returns `"deja-vu"`',
      '`slugify("...")` returns `""`',
      "`README.md` contains `slugify`",
    ],
    after: [],
  },
  {
    key: "snakeCase",
    type: "feature",
    title: "snakeCase: joins words with underscores",
    description: "Names of database columns. Letters of any script stay as they are, only small.",
    criteria: [
      '`snakeCase("Hello wide World")` returns `"hello_wide_world"`',
      '`snakeCase("Grüße Gott")` returns `"grüße_gott"`',
      '`snakeCase("x")` returns `"x"`',
      "`README.md` contains `snakeCase`",
    ],
    after: [],
  },
  {
    key: "truncate",
    type: "bug",
    title: "truncate: a text of exactly the limit is cut",
    description: "A text that is as long as the limit fits, and must come back as it is.",
    criteria: [
      '`truncate("abcd", 4)` returns `"abcd"`',
      '`truncate("abcde", 4)` returns `"abc…"`',
      '`truncate("", 4)` returns `""`',
    ],
    after: [],
  },
  {
    key: "titleCase",
    type: "feature",
    title: "titleCase: makes every word begin with a large letter",
    description: "For headings.",
    criteria: [
      '`titleCase("the wide world")` returns `"The Wide World"`',
      '`titleCase("ONE two")` returns `"One Two"`',
    ],
    after: ["slugify"],
  },
  {
    key: "camelCase",
    type: "feature",
    title: "camelCase: joins words, each but the first with a large letter",
    description: "For names in programs.",
    criteria: [
      '`camelCase("hello wide world")` returns `"helloWideWorld"`',
      '`camelCase("X-ray vision")` returns `"xRayVision"`',
      "`README.md` contains `camelCase`",
    ],
    after: ["snakeCase"],
  },
  {
    key: "release",
    type: "chore",
    title: "release: version 1.1.0",
    description: "Everything above is in: write it down and raise the version.",
    criteria: [
      '`package.json` contains `"version": "1.1.0"`',
      "`CHANGELOG.md` contains `## 1.1.0`",
      "`CHANGELOG.md` contains `slugify, snakeCase, titleCase, camelCase`",
      "`CHANGELOG.md` contains `truncate keeps a text of exactly the limit`",
    ],
    after: ["slugify", "snakeCase", "truncate", "titleCase", "camelCase"],
  },
];

/** The tickets without that one, for which then nobody waits either; all of them without a key. */
export function ticketsWithout(key) {
  return tickets
    .filter((ticket) => ticket.key !== key)
    .map((ticket) => ({ ...ticket, after: ticket.after.filter((other) => other !== key) }));
}

/**
 * The tickets in another order that still names dependencies first; the seed decides.
 * @throws when some wait for one that is not among them
 */
export function inOrder(seed, listed = tickets) {
  let state = seed >>> 0 || 1;
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const left = [...listed];
  const order = [];
  while (left.length > 0) {
    const free = left.filter((ticket) => ticket.after.every((key) => order.some((done) => done.key === key)));
    if (free.length === 0) {
      const missing = left
        .flatMap(({ after }) => after)
        .filter((key) => !listed.some((one) => one.key === key));
      throw new Error(`tickets wait for one that nobody files: ${[...new Set(missing)].join(", ")}`);
    }
    const next = free[seed === 0 ? 0 : draw(free.length)];
    order.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return order;
}
