import type { AgentProgram } from "./agent-programs.js";
import type { Step } from "./scripted-project.js";

/** Something that each program, as it is started in a pane, asks a person about, and the keys that allow it. */
export const asking: Record<AgentProgram, { readonly step: Step; readonly allow: readonly string[] }> = {
  claude: { step: { run: "curl --version" }, allow: ["Enter"] },
  codex: {
    step: {
      tool: "exec_command",
      args: { cmd: "curl --version", sandbox_permissions: "require_escalated", justification: "To look" },
    },
    allow: ["y"],
  },
  opencode: { step: { run: "curl --version" }, allow: ["Enter"] },
};
