import { spawn } from "node:child_process";
import type { AgentRunner, AskOrder } from "../runner.js";
import type { PlantedFault } from "./fault.js";

const failures = "ask: no answer is a failure, with what the program said of it";

export const askFaults: readonly PlantedFault[] = [
  changedAsk("answers with nothing when there is no answer", [failures], async (ask, order) =>
    ask(order).catch(() => ({ text: "" })),
  ),
  changedAsk(
    "lets a shell have the question",
    ["ask: the prompt reaches the program as it is, on its standard input or as an argument"],
    (ask, order) => ask({ ...order, prompt: order.prompt.replaceAll('"', "") }),
  ),
  changedAsk(
    "asks in its own folder and environment",
    ["ask: the program gets the order's folder and environment"],
    (ask, order) => ask({ ...order, cwd: "/", environment: { ...order.environment, GREETING: "" } }),
  ),
  changedAsk(
    "takes everything for the answer",
    ["ask: an answer is found among the records that the program prints"],
    (ask, { answer: _, ...order }) => ask(order),
  ),
  changedAsk(
    "leaves what a question started",
    [failures, "ask: nothing that the program started is left"],
    async (ask, order) => {
      const left = spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: order.environment });
      left.unref();
      return ask(order);
    },
  ),
];

function changedAsk(
  name: string,
  breaks: readonly string[],
  changed: (
    ask: NonNullable<AgentRunner["ask"]>,
    order: AskOrder,
  ) => ReturnType<NonNullable<AgentRunner["ask"]>>,
): PlantedFault {
  return {
    name,
    breaks,
    plant: (good) => {
      const { ask } = good;
      return ask === undefined ? good : { ...good, ask: (order) => changed(ask, order) };
    },
  };
}
