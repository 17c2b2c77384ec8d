// Globs over paths with forward slashes. (Node's own `path.matchesGlob` warns on the oldest version that we support.)

/** Compiles globs: `**` any number of folders, `*` and `?` within one name, `{a,b}` either, `[abc]` one of. `\` takes a sign literally. */
export function compileGlobs(globs: readonly string[]): {
  /** Does any of them match this path? */
  matches(path: string): boolean;
  /** Does any of them match everything that may lie in this folder (it ends in `/**`)? */
  matchesAllIn(folder: string): boolean;
} {
  const all = globs.map(compileGlob);
  const whole = globs.filter((glob) => glob.endsWith("/**")).map((glob) => compileGlob(glob.slice(0, -3)));
  return {
    matches: (path) => all.some((pattern) => pattern.test(path)),
    matchesAllIn: (folder) => {
      // A folder below a matching one is covered as well.
      const parts = folder.replace(/\/$/, "").split("/");
      return parts.some((_, index) => {
        const above = parts.slice(0, index + 1).join("/");
        return whole.some((pattern) => pattern.test(above));
      });
    },
  };
}

function compileGlob(glob: string): RegExp {
  let source = "";
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const sign = glob.charAt(at);
    if (sign === "*" && glob.charAt(at + 1) === "*") {
      const isFolders = glob.charAt(at + 2) === "/";
      source += isFolders ? "(?:[^/]+/)*" : ".*";
      at += isFolders ? 2 : 1;
    } else if (sign === "*") source += "[^/]*";
    else if (sign === "?") source += "[^/]";
    else if (sign === "{") {
      depth++;
      source += "(?:";
    } else if (sign === "}" && depth > 0) {
      depth--;
      source += ")";
    } else if (sign === "," && depth > 0) source += "|";
    else if (sign === "[" && glob.indexOf("]", at + 2) > 0) {
      const end = glob.indexOf("]", at + 2);
      source += classOf(glob.slice(at + 1, end));
      at = end;
    } else if (sign === "\\" && at + 1 < glob.length) source += literal(glob.charAt(++at));
    else source += literal(sign);
  }
  return new RegExp(`^${source}${")".repeat(depth)}$`, "s");
}

function classOf(content: string): string {
  const isNegated = content.startsWith("!") || content.startsWith("^");
  const signs = (isNegated ? content.slice(1) : content).replace(/[\\\]^[]/g, "\\$&");
  return `[${isNegated ? "^/" : ""}${signs}]`;
}

function literal(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
