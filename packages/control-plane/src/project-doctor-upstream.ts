import type { RefusedOperation, UplinkStatus } from "@wiggum/ticket-backend-git";
import { isTicketError, printable } from "@wiggum/ticket-core";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { createProjectUpstream, type ProjectUpstream } from "./project-upstream.js";
import type { UpstreamAuthorityName } from "./settings.js";

/** How the tickets stand to their upstream, by what the last exchange left. The upstream is not asked. */
export async function examineUpstream(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  if (parts.settings.upstream === undefined) return [];
  try {
    const upstream = await createProjectUpstream(parts);
    const status = await upstream.status();
    const { authority } = parts.settings.upstream;
    return [...failureOf(status, authority), ...pendingOf(status), ...refusalsOf(upstream, status.refused)];
  } catch (error) {
    if (!isTicketError(error, "UPSTREAM_UNUSABLE")) throw error;
    const { message, hint } = error;
    return [{ area: "tickets", severity: "warning", code: error.code, message, ...(hint && { hint }) }];
  }
}

function failureOf(
  { failure, ahead, aheadSince }: UplinkStatus,
  authority: UpstreamAuthorityName,
): readonly ProjectFinding[] {
  if (failure === undefined) return [];
  const waiting =
    ahead === 0 ? "" : `; ${ahead} changes of this host wait to be sent, the oldest since ${aheadSince}`;
  return [
    {
      area: "tickets",
      severity: "warning",
      code: failure.code,
      message: `${failure.message} (since ${failure.since})${waiting}`,
      hint:
        authority === "upstream"
          ? "Its word counts ('authority: upstream'): until it answers tickets can be read, and not changed. 'wiggum ticket sync' tries again at once."
          : "Work goes on here. 'wiggum ticket sync' tries again at once.",
    },
  ];
}

/** Somebody was stopped while a write of theirs waited for the upstream. The next write or sync ends it, one way or the other. */
function pendingOf({ pending, upstream }: UplinkStatus): readonly ProjectFinding[] {
  if (pending === 0) return [];
  const [count, they] =
    pending === 1 ? ["1 change waits", "it does"] : [`${pending} changes wait`, "they do"];
  return [
    {
      area: "tickets",
      severity: "warning",
      code: "WRITE_PENDING",
      message: `${count} for the upstream's word (${printable(upstream.branch)}): ${they} not count yet`,
      hint: "Nothing is to be done while a command is at it. Else 'wiggum ticket sync' asks for them.",
    },
  ];
}

function refusalsOf(
  upstream: ProjectUpstream,
  refused: readonly RefusedOperation[],
): readonly ProjectFinding[] {
  return refused.map((operation) => {
    const { operationId, subject, reason, actor, at, tickets, fields, commit } = operation;
    const values = fields.map(({ field, stored, refused: lost }) => `\n${field}: ${lost}; stored ${stored}`);
    return {
      area: "tickets",
      severity: "warning",
      code: "WRITE_REFUSED",
      ...(tickets[0] === undefined ? {} : { id: tickets[0] }),
      message: `"${subject}" of ${actor.id} (${at}) was refused by the upstream: ${reason}${values.join("")}`,
      hint: `Nothing of it is lost: git -C .wiggum/tickets.git show ${commit.slice(0, 12)}. Do again what still counts.`,
      fix: {
        plan: `take note of the refused "${subject}"; the history keeps it`,
        apply: () => upstream.settle([operationId]),
      },
    };
  });
}
