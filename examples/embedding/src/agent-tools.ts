// Tickets as tools of an agent, in the shape that model SDKs share: a name, a description, a JSON schema, and a function.
import {
  type Fence,
  isTicketError,
  type TicketId,
  type TicketSummary,
  type Tickets,
} from "@wiggum/ticket-core";

/** Hand `inputSchema` to the model, and what it answers to `execute`. */
export interface AgentTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: {
    readonly type: "object";
    readonly properties: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
    readonly required: readonly string[];
    readonly additionalProperties: false;
  };
  /** Never throws for what the model can put right: it is told what was wrong and what comes next. */
  execute(input: Readonly<Record<string, unknown>>): Promise<ToolResult>;
}

export interface ToolResult {
  readonly isError: boolean;
  /** JSON that the model reads. */
  readonly content: string;
}

/**
 * Tools for one agent. Its claims are fenced: when somebody takes its ticket over, `transition` and `comment` say so and write nothing.
 * Types whose edges have hooks want the guarded way instead (`openProject` of @wiggum/control-plane); here every edge is a bare one.
 */
export function ticketTools(tickets: Tickets, agentId: string): readonly AgentTool[] {
  const actor = { kind: "agent", id: agentId } as const;
  const claims = new Map<TicketId, Fence>();
  /** The claim that was made here, however often somebody else took the ticket over since; after a restart the one that the ticket shows. */
  const holding = async (typed: string) => {
    const { ticket, fence } = await tickets.show(typed);
    const held = claims.get(ticket.id) ?? (ticket.assignedAgentId === agentId ? fence : undefined);
    return { actor, unguarded: true, fence: held };
  };
  const brief = ({ ticket }: Pick<TicketSummary, "ticket">) => ({
    id: ticket.id,
    title: ticket.title,
    state: ticket.state,
  });
  const id = { type: "string", description: "Id of the ticket, for example tk-5c46" };
  return [
    tool("list_tickets", "All tickets, the most pressing first.", {}, async () => {
      const { tickets: records } = await tickets.list();
      return records.map(brief);
    }),
    tool("ready_tickets", "Tickets that nobody works on and nothing blocks.", {}, async () =>
      (await tickets.ready()).map(brief),
    ),
    tool("claim_ticket", "Take a ready ticket. Do this before you work on it.", { id }, async (input) => {
      const { fence } = await tickets.show(input.id);
      const claimed = await tickets.claim(input.id, agentId, { actor, fence, unguarded: true });
      claims.set(claimed.ticket.id, claimed.fence);
      return { ...brief(claimed), text: claimed.text };
    }),
    tool(
      "transition_ticket",
      "Move your ticket to another state of its type.",
      { id, to: { type: "string", description: "The state, for example review" } },
      async (input) => brief(await tickets.transition(input.id, input.to, await holding(input.id))),
    ),
    tool(
      "comment_ticket",
      "Tell people and other agents something about your ticket.",
      { id, text: { type: "string", description: "Markdown" } },
      async (input) =>
        brief(
          await tickets.addEvent(
            input.id,
            { kind: "comment", source: agentId, text: input.text },
            await holding(input.id),
          ),
        ),
    ),
  ];
}

function tool<Name extends string>(
  name: string,
  description: string,
  properties: Readonly<Record<Name, { readonly type: string; readonly description: string }>>,
  run: (input: Readonly<Record<Name, string>>) => Promise<unknown>,
): AgentTool {
  const names = Object.keys(properties) as Name[];
  return {
    name,
    description,
    inputSchema: { type: "object", properties, required: names, additionalProperties: false },
    async execute(input) {
      const wrong = names.find((member) => typeof input[member] !== "string");
      if (wrong !== undefined) return refusal({ message: `'${wrong}' must be a text` });
      try {
        return {
          isError: false,
          content: JSON.stringify(await run(input as Readonly<Record<Name, string>>)),
        };
      } catch (error) {
        if (!isTicketError(error)) throw error;
        const { code, message, hint } = error;
        return refusal({ code, message, hint });
      }
    },
  };
}

function refusal(about: {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string | undefined;
}): ToolResult {
  return { isError: true, content: JSON.stringify(about) };
}
