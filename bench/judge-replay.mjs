// Makes every ticket anew, from nothing but what was issued and the order of the history, and compares it with what is stored.
import { fileOf, ticketIn } from "./store-history.mjs";

/**
 * @param history without the commit that made the store
 * @param attempts as in `judgeContent`
 * @param read as `ticketReader` makes it
 * @returns findings in words
 */
export function judgeReplay(history, attempts, read) {
  const issued = new Map(attempts.map(({ operationId, effect }) => [operationId, effect]));
  const tickets = new Map();
  for (const { trailers, changes } of history) {
    const effect = issued.get(trailers.Op?.[0]);
    if (effect === undefined || changes.length === 0) continue;
    if (effect.kind === "create") tickets.set(ticketIn(changes[0].path), created());
    else apply(tickets.get(effect.ticket), effect);
  }
  read.prepare([...tickets.keys()].map((id) => `main:${fileOf(id)}`));
  return [...tickets].flatMap(([id, model]) => compare(id, model, read("main", fileOf(id))));
}

const created = () => ({ state: "ready", holder: undefined, epoch: 0, dependsOn: [], comments: [] });

function apply(model, effect) {
  if (model === undefined) return;
  const { kind, agent } = effect;
  if (kind === "claim" || (kind === "assign" && model.holder !== undefined && model.holder !== agent))
    model.epoch += 1;
  if (kind === "claim") model.state = "in-progress";
  if (kind === "transition") model.state = effect.to;
  if (agent !== undefined) model.holder = agent;
  if (kind === "dependency") model.dependsOn.push(effect.on);
  if (kind === "comment") model.comments.push(effect.text);
}

function compare(id, model, ticket) {
  if (typeof ticket !== "object") return [`replay: ${id} cannot be read at the end`];
  const { values, body } = ticket;
  const wanted = new Set(model.comments);
  const stored = {
    state: values.state,
    holder: values.assigned_agent_id?.length > 0 ? values.assigned_agent_id : undefined,
    epoch: Number(values.lease_epoch ?? 0),
    dependsOn: [...(values.depends_on ?? [])].sort(),
    comments: body.split("\n").filter((line) => wanted.has(line)),
  };
  model.dependsOn.sort();
  return Object.keys(model)
    .filter((key) => JSON.stringify(model[key]) !== JSON.stringify(stored[key]))
    .map(
      (key) =>
        `replay: ${key} of ${id} is ${JSON.stringify(stored[key])}, the history makes it ${JSON.stringify(model[key])}`,
    );
}
