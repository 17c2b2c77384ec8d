import { existsSync } from "node:fs";
import { basename } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { findProgram } from "./find-program.js";
import { openNoticeStore } from "./notifications/notice-store.js";
import { desktopFault, hasDesktop } from "./notifications/program-channels.js";
import { webhookFault, webhookName } from "./notifications/webhook.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";

/** Ways to tell people that cannot work as they are, and notices that nobody took. */
export async function examineNotifications(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  const { settings, environment, paths } = parts;
  const { command, webhooks } = settings.notifications;
  const found: ProjectFinding[] = [];
  for (const webhook of webhooks) {
    const fault = webhookFault(webhook, environment);
    if (fault === undefined) continue;
    found.push({
      area: "settings",
      severity: "warning",
      code: "NOTIFIER_UNUSABLE",
      message: `Nothing is sent to ${webhookName(webhook)}: ${fault}`,
      hint: "Set it where 'wiggum run' is started, or correct notifications.webhooks in .wiggum/config.yaml.",
    });
  }
  const [program = ""] = command ?? [];
  if (command !== undefined && findProgram(program, environment, paths.root) === undefined)
    found.push({
      area: "settings",
      severity: "warning",
      code: "NOTIFIER_UNUSABLE",
      message: `notifications.command cannot be started: there is no program ${printable(program)}`,
      hint: "Install it, or correct notifications.command in .wiggum/config.yaml.",
    });
  const isShown = settings.notifications.hasDesktop && hasDesktop(process.platform, environment);
  const fault = isShown ? desktopFault(environment, paths.root) : undefined;
  if (fault !== undefined)
    found.push({
      area: "settings",
      severity: "note",
      code: "NOTIFIER_UNUSABLE",
      message: `The desktop is told nothing: ${fault}`,
      hint: "Install it, or write 'desktop: false' below 'notifications' in .wiggum/config.yaml.",
    });
  return [...found, ...(await examineUntold(parts))];
}

async function examineUntold({ paths, newId, clock }: ProjectParts): Promise<readonly ProjectFinding[]> {
  if (!existsSync(paths.notices)) return [];
  const open = () =>
    openNoticeStore({ path: paths.notices, project: basename(paths.root), newId, now: () => clock.now() });
  const store = open();
  try {
    const untold = await store.untold();
    const [first] = untold;
    if (first === undefined) return [];
    const count = untold.length === 1 ? "A notice was" : `${untold.length} notices were`;
    return [
      {
        area: "project",
        severity: "warning",
        code: "NOTICE_NOT_TOLD",
        message: `${count} never taken, the first by ${first.channel}: ${first.reason} (${printable(first.notice.text)})`,
        hint: "See to what would not take it; 'wiggum inbox' shows what still waits for you.",
        fix: {
          plan: `forget ${untold.length === 1 ? "the notice" : `${untold.length} notices`} that nobody took`,
          apply: async () => {
            const again = open();
            try {
              await again.forgetUntold();
            } finally {
              again.close();
            }
          },
        },
      },
    ];
  } finally {
    store.close();
  }
}
