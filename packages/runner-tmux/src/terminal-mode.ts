import { execFile } from "node:child_process";

/** How a terminal treats what is typed. */
export interface TerminalMode {
  /** The kernel collects whole lines; the program sees nothing before Enter. */
  readonly readsLines: boolean;
  /** The kernel shows what is typed: seeing it proves nothing about the program. */
  readonly echoes: boolean;
}

/** Absent when it cannot be found out. */
export async function readTerminalMode(
  terminal: string,
  environment: Readonly<Record<string, string>>,
): Promise<TerminalMode | undefined> {
  const fileOption = process.platform === "linux" ? "-F" : "-f";
  const said = await new Promise<string | undefined>((resolve) => {
    execFile(
      "stty",
      [fileOption, terminal, "-a"],
      { env: { ...environment, LC_ALL: "C" }, timeout: 5_000 },
      (error, output) => resolve(error === null ? output : undefined),
    );
  });
  if (said === undefined) return undefined;
  const isOn = (flag: string) => new RegExp(`(?<![\\w-])${flag}(?!\\w)`).test(said);
  return { readsLines: isOn("icanon"), echoes: isOn("echo") };
}
