import type { PoolState } from "@wiggum/control-plane";
import { describeBudget } from "@wiggum/workflow";

/** Lines of `wiggum status` about what holds all agents up; none where nothing does. */
export function poolLines({ pause, budgets }: PoolState): readonly string[] {
  const lines: string[] = [];
  if (pause !== null) {
    const until = new Date(pause.untilMs).toISOString();
    lines.push("", "PAUSED:", `  Nobody is started before ${until}: ${pause.reason}`);
  }
  if (budgets.length > 0)
    lines.push("", "BUDGETS:", ...budgets.map((use) => `  ${sentence(describeBudget(use))}`));
  return lines;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
