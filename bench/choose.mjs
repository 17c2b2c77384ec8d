// Words of a command line that are lists.

/** @throws on a name that is none of `all`; absent = all */
export function chosenNames(option, text, all) {
  if (text === undefined) return all;
  const names = text.split(",").map((name) => name.trim());
  for (const name of names)
    if (!all.includes(name)) throw new Error(`${option}: not one of ${all.join(", ")}: '${name}'`);
  return names;
}

/** @throws on what is no number above nought */
export function chosenNumbers(option, text) {
  return text.split(",").map((part) => {
    const value = Number(part);
    if (!(value > 0)) throw new Error(`${option}: not a number above 0: '${part}'`);
    return value;
  });
}
