// The two parsers that read what our own scanners leave open. Everything heavy of this package is behind this file, and nothing else imports it
// but the root and the conformance kit.
export { parseFrontMatter } from "./front-matter-yaml.js";
export { parseBlocks } from "./markdown-blocks.js";
