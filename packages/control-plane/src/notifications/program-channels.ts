import { printable } from "@wiggum/ticket-core";
import { cleanEnvironment } from "../agent-environment.js";
import { describeEnd, runProgram } from "../bounded-program.js";
import { findProgram } from "../find-program.js";
import type { NoticeEvent } from "../settings.js";
import type { NoticeChannel } from "./notice.js";
import { webhookBody } from "./webhook.js";

type Variables = Readonly<Record<string, string | undefined>>;

interface Place {
  readonly cwd: string;
  readonly environment: Variables;
  readonly timeoutMs: number;
}

/** A program of the person's own: the notice is one JSON argument, and its parts are variables. No shell has a hand in it. */
export function commandChannel(
  command: readonly string[],
  events: readonly NoticeEvent[],
  place: Place,
): NoticeChannel {
  return {
    name: "command",
    events,
    async send(notice, signal) {
      const variables = {
        WIGGUM_NOTICE_ID: notice.id,
        WIGGUM_NOTICE_EVENT: notice.event,
        WIGGUM_NOTICE_TITLE: printable(notice.title),
        WIGGUM_NOTICE_TEXT: printable(notice.text),
        WIGGUM_NOTICE_TICKET: notice.ticketId ?? "",
        WIGGUM_NOTICE_AGENT: notice.agentId ?? "",
        WIGGUM_NOTICE_COMMAND: notice.commands[0] ?? "",
      };
      await run(
        [...command, webhookBody(notice)],
        { ...cleanEnvironment(place.environment), ...variables },
        place,
        signal,
      );
    },
  };
}

/** What the desktop shows, by the program that the system has for that. */
export function desktopChannel(events: readonly NoticeEvent[], place: Place): NoticeChannel {
  return {
    name: "desktop",
    events,
    async send(notice, signal) {
      const text = [notice.text, ...notice.commands.slice(0, 1)].map(printable).join("\n");
      const command = desktopCommand(process.platform, printable(notice.title), text);
      await run(command, cleanEnvironment(place.environment), place, signal);
    },
  };
}

/** Where somebody may sit: a screen of their own, or a session of theirs that takes messages. */
export function hasDesktop(platform: NodeJS.Platform, environment: Variables): boolean {
  if (platform === "darwin") return (environment["SSH_CONNECTION"] ?? "") === "";
  return ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (environment[name] ?? "") !== "");
}

/** Why the desktop would show nothing, in words; `undefined` = its program is there. */
export function desktopFault(environment: Variables, cwd: string): string | undefined {
  const [program = ""] = desktopCommand(process.platform, "", "");
  if (findProgram(program, environment, cwd) !== undefined) return undefined;
  return `there is no program ${program}${program === "notify-send" ? " (Debian: apt-get install libnotify-bin)" : ""}`;
}

const appleScript = "on run {heading, body}\ndisplay notification body with title heading\nend run";

export function desktopCommand(platform: NodeJS.Platform, title: string, text: string): readonly string[] {
  if (platform === "darwin") return ["osascript", "-e", appleScript, title, text];
  // A notice is text, and not markup, which most desktops read.
  const plain = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return ["notify-send", "--app-name=wiggum", "--", title, plain];
}

async function run(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  { cwd, timeoutMs }: Place,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const end = await runProgram({ command, cwd, environment, timeoutMs, endsAlone: true });
  if (end.exitCode === 0 && !end.isTimeout) return;
  const last = end.output.split("\n").at(-1) ?? "";
  throw new Error(
    `${printable(command[0] ?? "")} ${describeEnd(end, timeoutMs)}${last === "" ? "" : `: ${last}`}`,
  );
}
