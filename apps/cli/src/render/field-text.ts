const longest = 60;

/** A value of a field in a sentence: `none` for nothing, lists joined, long texts cut. */
export function fieldText(value: unknown): string {
  if (value === undefined || value === null || value === "") return "none";
  const text = Array.isArray(value)
    ? value.map((entry) => fieldText(entry)).join(", ") || "none"
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
  const characters = [...text];
  return characters.length > longest ? `${characters.slice(0, longest - 3).join("")}...` : text;
}
