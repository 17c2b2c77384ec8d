/** Methods that answer later. */
type Later<Port> = {
  readonly [Name in keyof Port]: (...values: never[]) => Promise<unknown>;
};

/**
 * A port whose code is loaded when the first of its methods is called: a command that only reads tickets loads nothing of what merges branches.
 * `names` = all methods of the port.
 */
export function deferred<Port extends Later<Port>>(
  load: () => Promise<Port>,
  names: Readonly<Record<keyof Port, true>>,
): Port {
  let loading: Promise<Port> | undefined;
  const methods = (Object.keys(names) as (keyof Port)[]).map((name) => [
    name,
    async (...values: never[]) => {
      loading ??= load();
      return await (await loading)[name](...values);
    },
  ]);
  return Object.fromEntries(methods) as Port;
}
