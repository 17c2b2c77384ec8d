import { spawn } from "node:child_process";
import { type Project, splitWords } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import type { Context } from "./context.js";
import { syncView } from "./sync-view.js";

/** Opens the ticket's file in the person's editor and submits what was saved. Returns the JSON data of the command. */
export async function editInEditor(context: Context, typedId: string) {
  const project = await context.reading();
  const { id, path } = await project.editableFile(typedId);
  await runEditor(context, project, { id, path });
  const submission = { direction: "both", ids: [id], subject: "Ticket update" } as const;
  const report = await syncView(context, submission, `wiggum ticket edit ${id}`);
  const isChanged = report.submitted.length > 0;
  if (isChanged) context.messages.ok(`Updated ${id}`);
  else context.messages.info(`No changes in ${id}`);
  return { id, path, isChanged, submitted: report.submitted };
}

/** The file that the editor works on; the next edit of the ticket takes it up. */
interface Copy {
  readonly id: string;
  readonly path: string;
}

/** @throws EDITOR_FAILED the file stays as the editor left it */
async function runEditor(context: Context, project: Project, copy: Copy): Promise<void> {
  const split = splitWords(project.settings.editor);
  const [program, ...inputs] = "words" in split ? split.words : [];
  if (program === undefined) throw failed(project, "is no command", copy);
  const { stdinIsTerminal, stdout } = context.host;
  const child = spawn(program, [...inputs, copy.path], {
    cwd: context.host.workingDirectory,
    // Without a terminal it must not wait for a key. A standard output that goes elsewhere is for results, not for its screen.
    stdio: [stdinIsTerminal ? "inherit" : "ignore", stdout.isTerminal ? "inherit" : 2, "inherit"],
  });
  const end = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  if (end !== undefined) throw failed(project, end, copy);
}

function failed(project: Project, what: string, { id, path }: Copy): CommandError {
  return new CommandError(
    "EDITOR_FAILED",
    `The editor '${project.settings.editor}' ${what}: nothing was submitted`,
    {
      details: [`${path} stays as it is`],
      hint: `'wiggum ticket edit ${id}' opens that file again and submits it: set WIGGUM_EDITOR to an editor that works, or to true to submit what you edited by hand.`,
      data: { path },
    },
  );
}
