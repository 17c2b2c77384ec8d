import { basename } from "node:path";
import type { Project } from "@wiggum/control-plane";
import type { Context } from "./context.js";
import { printable } from "./printable.js";

/** What the title of the terminal says while a project is supervised; `undefined` where there is none, or the settings want none. */
export async function openTitle(
  { host, options }: Context,
  { paths, settings }: Project,
): Promise<{ waits(count: number): void; close(): void } | undefined> {
  if (!settings.notifications.hasTitle || options.quiet || options.json) return undefined;
  const title = await host.openTitle?.();
  if (title === undefined) return undefined;
  const name = printable(`wiggum ${basename(paths.root)}`);
  title.show(name);
  return {
    waits: (count) => title.show(count === 0 ? name : `(${count}) ${name}: waits for you`),
    close: () => title.close(),
  };
}
