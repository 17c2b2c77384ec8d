import fc from "fast-check";

/** Lines that begin, end, look like or hide the things that a ticket's body is divided by. */
const lines = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("", "", "text", "  text", "    text", "\ttext", " ", "text  ", "lazy") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "# One", "## Two", " ## Two", "   ## Two", "    ## Two", "  ## In", "## Two ##", "##", "##Two", "\\## Two", "\\\\## Two", "### Three",
      "### From Review (2025-07-14 14:30)", "  ### From x", "\\### From x", "###\tFrom y", "###### Six", "####### Seven",
      "## Feedback", "## Comments", "## Thread", "## Notes", "## Acceptance Criteria", "\t## Two",
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "```", "````", "~~~", "~~~~", "```sh", "~~~ a`b", "```a`b", " ```", "  ```", "   ```", "    ```", "  ~~~", "\t```", "``` ", "```\t",
      "\\```", "\\~~~", "- ```", "1. ```", "> ```", "  > ```", "- > ~~~", "  - ```", "     ```",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "- item", "* item", "+ item", "-", "- ", "1. item", "2. item", "10) item", "  - sub", "    - deep", "- [ ] open", "- [x] done",
      "* * *", "---", "***", "===", "=======", "-     code", "- # head", "- ## head", "1.", "> quote", ">", "  > quote", " - one", "   - three",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "<!--", "-->", "<!-- x -->", "<!-->", "<!--->", "  <!--", "<!-- a -- b", "\\<!--", "<div>", "</div>", "  <div>", "<span>", "<b>x</b>", "<foo bar>",
      "<script>", "</script>", "<pre", "<pre>x</pre>", "</style>", "<?", "?>", "<?>", "<!X", "<!X>", "<![CDATA[", "]]>", "<https://x.y>", "<!1", "- <!--", "- <div>", "<textarea", "    <!--",
      '<!-- wiggum:event {"id":"01","kind":"comment","author":"x","at":"2025-01-01T00:00:00Z"} -->',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "<<<<<<< HEAD", "=======", ">>>>>>> theirs", "\\<<<<<<< HEAD", "\\\\>>>>>>> x", "||||||| base", "[a]: /b", "[a]:", "| a | b |", "|---|---|", "\uFEFF## x", "\u00a0## x",
      "\u2028## x", "a\\", "\\", "\\\\", "tk-1: x", "id: tk-1", "\u{1F600}", "e\u0301",
    ),
  },
);

const lineEnds = fc.oneof(
  { weight: 12, arbitrary: fc.constant("\n") },
  { weight: 2, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constant("\r") },
);

/** Markdown that is hard on whoever cuts it into sections: random constructs, some broken off, with any line ends. */
export function nastyMarkdown(maxLength = 14): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.tuple(lines, lineEnds), { maxLength, size: "max" }), fc.boolean())
    .map(([pairs, isCut]) => {
      const text = pairs.map((pair) => pair.join("")).join("");
      return isCut ? text.replace(/(?:\r\n|\n|\r)$/, "") : text;
    });
}

/** Markdown that is hard to cut up, or any characters at all. */
export function anyText(): fc.Arbitrary<string> {
  const characters = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", ""));
  return fc.oneof(
    { weight: 6, arbitrary: nastyMarkdown() },
    { weight: 1, arbitrary: characters },
    { weight: 1, arbitrary: fc.constantFrom("", "\n", "\r", "\r\n", " ", "\n\n", "  \n", "text", "text\n", "text\r", "---\nid: tk-1\n---\n", "\uFEFF") },
  );
}
