/**
 * The first example of a README, with what the README says that it prints: the comment behind a `console.log(…);` that ends its line, and the
 * block that follows `It prints`. In both `…` stands for anything.
 */
export function readmeExample(text, language) {
  const blocks = text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  for (const block of blocks) {
    if (block[1] !== language) continue;
    const code = block[2];
    const after = text.slice(block.index + block[0].length);
    const printed = /^\s*It prints\n+```\w*\n([\s\S]*?)^```$/m.exec(after)?.[1] ?? "";
    const comments = [...code.matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm)].map(([, comment]) => comment);
    return { code, prints: [...comments, ...printed.split("\n").filter((line) => line !== "")] };
  }
  throw new Error(`There is no example in ${language}:\n${text.slice(0, 200)}`);
}

/** What the README says and the output does not have, in that order. */
export function missingLines({ prints }, output) {
  const lines = output.split("\n");
  let next = 0;
  return prints.filter((said) => {
    const pattern = new RegExp(`^${said.split("…").map(literally).join(".*")}$`);
    const at = lines.findIndex((line, index) => index >= next && pattern.test(line));
    if (at >= 0) next = at + 1;
    return at < 0;
  });
}

function literally(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
