// Commands of all agents run under one server: what they inherit is the server's environment. This tells each of them whose it is.
import { readFile } from "node:fs/promises";
import { writeWhole } from "../write-whole.js";

/** Variables that only the server may know. */
export const serverOnly: readonly string[] = [
  "OPENCODE_SERVER_PASSWORD",
  "OPENCODE_CONFIG_CONTENT",
  "WIGGUM_OPENCODE_AGENTS",
];

/** A plugin of OpenCode: runs within the server, once for each folder that it works in. */
const text = `import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

const hidden = ${JSON.stringify(serverOnly)};

export const WiggumShellEnvironment = async ({ directory }) => ({
  "shell.env": async (_input, output) => {
    for (const name of hidden) output.env[name] = "";
    const folder = realpathSync(directory);
    const name = createHash("sha256").update(folder).digest("hex").slice(0, 16);
    const file = join(process.env.WIGGUM_OPENCODE_AGENTS, name + ".json");
    // A command that does not know whose it is would speak in the server's name: it fails here instead.
    Object.assign(output.env, JSON.parse(readFileSync(file, "utf8")).environment);
  },
});
`;

export async function placeShellPlugin(path: string): Promise<void> {
  const found = await readFile(path, "utf8").catch(() => undefined);
  if (found !== text) await writeWhole(path, text);
}
