// What must have become of the demo, written down a second time on purpose: nothing here comes from the list of what is filed, so that a
// ticket that nobody files, or a criterion that nobody writes, is missed.

const readmeRow = (name) => ({ file: "README.md", text: `| \`${name}\` |` });

/**
 * Every change that must be on main. `calls`: function of the library, arguments, result; `contains`: a text in a file. The one ticket of a
 * change is that whose title begins with the name of the change.
 */
export const changes = [
  {
    key: "slugify",
    calls: [
      ["slugify", ["Hello, World!"], "hello-world"],
      ["slugify", ["  Crème   brûlée, 2 "], "creme-brulee-2"],
      ["slugify", ["..."], ""],
    ],
    contains: [readmeRow("slugify")],
  },
  {
    key: "snakeCase",
    calls: [
      ["snakeCase", ["Hello wide World"], "hello_wide_world"],
      ["snakeCase", ["Äpfel, Birnen"], "äpfel_birnen"],
      ["snakeCase", ["x"], "x"],
    ],
    contains: [readmeRow("snakeCase")],
  },
  {
    key: "truncate",
    calls: [
      ["truncate", ["abcd", 4], "abcd"],
      ["truncate", ["abcdef", 6], "abcdef"],
      ["truncate", ["abcdefg", 6], "abcde…"],
      ["truncate", ["", 4], ""],
    ],
    contains: [readmeRow("truncate")],
  },
  {
    key: "titleCase",
    calls: [
      ["titleCase", ["the wide world"], "The Wide World"],
      ["titleCase", ["ONE small step"], "One Small Step"],
    ],
    contains: [readmeRow("titleCase")],
  },
  {
    key: "camelCase",
    calls: [
      ["camelCase", ["hello wide world"], "helloWideWorld"],
      ["camelCase", ["X-ray vision"], "xRayVision"],
    ],
    contains: [readmeRow("camelCase")],
  },
  {
    key: "release",
    calls: [],
    contains: [
      { file: "package.json", text: '"version": "1.1.0"' },
      { file: "CHANGELOG.md", text: "## 1.1.0" },
      { file: "CHANGELOG.md", text: "slugify, snakeCase, titleCase, camelCase" },
      { file: "CHANGELOG.md", text: "truncate keeps a text of exactly the limit" },
    ],
  },
];
