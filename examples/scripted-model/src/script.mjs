// What to answer: read from the conversation alone. Nothing is remembered between two requests, so that any number of agents share
// one server, and a repeated or restarted turn gets the same answer.

const marked = /<script>([\s\S]*?)<\/script>/g;
const promptLine = /\bRead (\S+) and do what it says\b/;

/**
 * @typedef {object} Turn one side's words, as all three protocols tell them
 * @property {"user" | "tool" | "assistant"} by
 * @property {string} text
 */

/**
 * The step to play now: so many steps of the script were played as the model has spoken since it was told the script. Where a prompt
 * holds no script but names a file to read, the model reads that; the script may stand there.
 * @param {readonly Turn[]} turns
 */
export function currentStep(turns) {
  const told = tellingTurn(turns);
  if (told !== undefined) {
    const played = turns.slice(told.index + 1).filter(({ by }) => by === "assistant").length;
    return { played, step: told.steps[played] ?? { text: "DONE" } };
  }
  const asked = turns.findLastIndex(({ by, text }) => by === "user" && promptLine.test(text));
  const file = promptLine.exec(turns[asked]?.text ?? "")?.[1];
  const played = turns.slice(asked + 1).filter(({ by }) => by === "assistant").length;
  if (file !== undefined && played === 0) return { played, step: { read: file } };
  return { played, step: { text: "OK: there is no script here." } };
}

/**
 * The last prompt that holds a script, else the first thing read that does: a file that is read again does not start it anew. In the script
 * `{ticket}` stands for the first ticket id beside it.
 */
function tellingTurn(turns) {
  const holds = (by) => (turn) => turn.by === by && turn.text.search(marked) >= 0;
  const prompt = turns.findLastIndex(holds("user"));
  const index = prompt >= 0 ? prompt : turns.findIndex(holds("tool"));
  if (index < 0) return undefined;
  const { text } = turns[index];
  const script = [...text.matchAll(marked)].at(-1)?.[1] ?? "";
  // Whoever writes a ticket does not know its id yet.
  const ticket = /\btk-[0-9a-f]{4,}\b/.exec(text)?.[0] ?? "";
  return { index, steps: parseSteps(script.replaceAll("{ticket}", ticket)) };
}

function parseSteps(text) {
  try {
    const steps = JSON.parse(text);
    if (Array.isArray(steps)) return steps;
    return [{ text: "This script is no list of steps." }];
  } catch (error) {
    return [{ text: `This script is no JSON: ${error.message}` }];
  }
}

/** How the tools of each agent program are called that run a command, write a file or read one. The first that is offered is used. */
const tools = {
  run: {
    Bash: (command) => ({ command, description: "A step of the script" }),
    bash: (command) => ({ command, description: "A step of the script" }),
    // Longer than any command of a script takes: a command that is not waited for ends with the program.
    exec_command: (cmd) => ({ cmd, yield_time_ms: 120_000 }),
    shell_command: (command) => ({ command }),
    shell: (command) => ({ command: ["bash", "-c", command] }),
  },
  write: {
    Write: ({ path, content }) => ({ file_path: path, content }),
    write: ({ path, content }) => ({ filePath: path, content }),
  },
  read: {
    Read: (path) => ({ file_path: path }),
    read: (path) => ({ filePath: path }),
  },
};

/**
 * The tool calls of a step, in the words of the agent that asks. An agent without a tool of its own for a file gets a shell command.
 * @param {Record<string, unknown>} step
 * @param {readonly string[]} offered names of the tools that the request offers
 */
export function callsOf(step, offered) {
  const given = step.calls ?? (step.tool === undefined ? [] : [{ tool: step.tool, args: step.args }]);
  const calls = given.map(({ tool, args = {} }) => ({ tool, args }));
  for (const action of ["write", "read", "run"]) {
    if (step[action] === undefined) continue;
    const own = Object.entries(tools[action]).find(([name]) => offered.includes(name));
    const [tool, argumentsOf] = own ?? shellFor(offered);
    calls.push({
      tool,
      args: argumentsOf(own === undefined ? commandFor(action, step[action]) : step[action]),
    });
  }
  return calls;
}

function shellFor(offered) {
  const shell = Object.entries(tools.run).find(([name]) => offered.includes(name));
  if (shell === undefined) throw new Error(`none of these tools runs a command: ${offered.join(", ")}`);
  return shell;
}

function commandFor(action, what) {
  const quote = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
  if (action === "read") return `cat ${quote(what)}`;
  if (action === "write") return `printf %s ${quote(what.content)} > ${quote(what.path)}`;
  return what;
}
