// The tables of docs/configuration.md, from the settings and their schema: names, what they take, defaults, meaning.
import "./typescript-sources.mjs";

const { flatDefaults, flatSettings } = await import("../../packages/control-plane/src/flat-settings.ts");
const { configYamlSchema, parseConfigYaml } = await import("../../packages/control-plane/src/config-yaml.ts");
const { structuredDefaults } = await import("../../packages/control-plane/src/settings.ts");

/** What stands in a place `<!-- generated: <name> -->`. */
export const settingsTables = { "flat settings": flatTable(), "config.yaml": yamlTable() };

/** The example of the page, and its list of what can be made again, hold against the schema, too. @throws Error */
export function checkSettingsPage(text) {
  const example = /^```yaml\n([\s\S]*?)^```$/m.exec(text)?.[1] ?? "";
  const { problems = [] } = parseConfigYaml(example, "/project");
  for (const { at, line, message } of problems) throw new Error(`Example, line ${line}: ${at} ${message}`);
  for (const glob of structuredDefaults.worktree.regenerable) {
    const name = glob.replace(/^\*\*\//, "").replace(/\/\*\*$/, "");
    if (!text.includes(`\`${name}\``))
      throw new Error(`The page does not name ${name}, which can be made again`);
  }
}

function flatTable() {
  const defaults = flatDefaults("/<folder>", {});
  const rows = Object.entries(flatSettings).map(([key, { name, says, parse }]) => {
    const standard = textOf(defaults[key], parse, name);
    return `| \`${name}\` | ${says} | ${flatValues(parse)} | \`${standard}\` |`;
  });
  return ["| name | meaning | value | default |", "|---|---|---|---|", ...rows].join("\n");
}

/** What a setting takes, in the words of its own refusal. */
function flatValues(parse) {
  const problem = ["\u0000", '"'].map((text) => parse(text).problem).find((said) => said !== undefined);
  if (problem === undefined) throw new Error("A setting that takes anything");
  const words = /^must be one of (.+)$/.exec(problem)?.[1];
  if (words !== undefined) return choice(words.split(", "));
  if (problem === "must be true or false") return choice(["true", "false"]);
  if (problem.startsWith("must not contain")) return "text";
  if (problem.startsWith("is no command")) return "command";
  return problem.replace(/^must be /, "");
}

function choice(words) {
  const quoted = words.map((word) => `\`${word}\``);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** The text that means this value: of all that it could be, the one that reads as it. */
function textOf(value, parse, name) {
  const candidates = [Array.isArray(value) ? value.join(" ") : String(value), String(value / 1000)];
  const text = candidates.find((one) => JSON.stringify(parse(one).value) === JSON.stringify(value));
  if (text === undefined) throw new Error(`${name}: no text reads as its default`);
  return text;
}

function yamlTable() {
  const rows = rowsOf(configYamlSchema("/project"), "", []);
  return ["| key | meaning | value | default |", "|---|---|---|---|", ...rows].join("\n");
}

function rowsOf(schema, prefix) {
  return Object.entries(shapeOf(schema)).flatMap(([key, member]) => {
    const name = `${prefix}${key}`;
    const inner = unwrapped(member);
    if (inner.def.type === "object") return rowsOf(inner, `${name}.`);
    if (member.description === undefined) throw new Error(`config.yaml: ${name} is not described`);
    return `| \`${name}\` | ${member.description} | ${yamlValues(member)} | ${yamlDefault(name, member)} |`;
  });
}

function shapeOf(schema) {
  return unwrapped(schema).def.shape;
}

/** Without what only says that it may be left out. */
function unwrapped(schema) {
  return ["default", "prefault", "optional"].includes(schema.def.type)
    ? unwrapped(schema.def.innerType)
    : schema;
}

/** What a key takes, in the words with which anything else is refused. */
function yamlValues(schema) {
  const refusal = [{}, []].map((value) => schema.safeParse(value).error?.issues[0]?.message).find(Boolean);
  if (refusal === undefined) throw new Error("A key that takes anything");
  return refusal
    .replace(/^must be /, "")
    .replace(/\b(\d{4,})\b/g, (digits) => Number(digits).toLocaleString("en"));
}

function yamlDefault(name, schema) {
  const value = schema.safeParse(undefined).data;
  if (value === undefined) return "";
  if (name === "worktree.regenerable") return "see below";
  return `\`${JSON.stringify(value)}\``;
}
