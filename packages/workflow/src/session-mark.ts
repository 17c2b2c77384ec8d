// A mark that processes inherit from the kernel. Variables are lost with `env -i`, groups and sessions with `setsid`, parents with the
// parent's end; resource limits stay through all of these. Linux has counted no file locks since 2.4.25, so their soft limit means nothing
// and can carry a number.

/**
 * The soft limit on file locks that all processes of the session with this token inherit, where the system has such a limit.
 * `undefined` = the token is none of a runner's (32 hexadecimal digits).
 */
export function sessionMark(token: string): string | undefined {
  if (!/^[0-9a-f]{32}$/.test(token)) return undefined;
  // 2^56 on top: no limit that a person would set is in this range, and every shell's arithmetic holds it.
  return String(BigInt(`0x${token.slice(0, 14)}`) + 2n ** 56n);
}

/** Shell text that marks the shell which runs it, and all that it starts. `mark` is a shell word. Does nothing where it cannot be done. */
export function markingScript(mark: string): string {
  return setLimit(() => mark);
}

/** In the environment of what runs post-hooks: where there are no marks, it says that this is no part of the agent whose command started it. */
export const drainVariable = "WIGGUM_HOOK_DRAIN";

/**
 * The command as it must be started by whatever an agent runs in order not to count as part of that agent (a post-hook): without the mark.
 * The process that is started becomes the command.
 */
export function outsideSessions(command: readonly string[]): readonly string[] {
  return [
    "/bin/sh",
    "-c",
    `${setLimit((flag) => `"$(ulimit -H ${flag})"`)}\nexec "$@"`,
    "wiggum",
    ...command,
  ];
}

/**
 * bash, ksh and zsh call that limit `x`, dash and busybox `w`; each refuses the other's letter. Tried in a subshell, because a refusal may
 * end a shell; without a variable, because one of that name may be there for the program.
 */
function setLimit(value: (flag: string) => string): string {
  const attempts = ["-x", "-w"].map((flag) => {
    const set = `ulimit -S ${flag} ${value(flag)}`;
    return `if (${set}) >/dev/null 2>&1; then ${set};`;
  });
  return `${attempts.join("\nel")}\nfi`;
}
