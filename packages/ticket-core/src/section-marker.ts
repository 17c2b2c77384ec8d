/** What the comment below the heading of an entry says; the text of the event is the entry's own. */
export interface EventMarker {
  readonly id: string;
  readonly kind: string;
  readonly author: string;
  readonly at: string;
}

const markerLine = /^<!-- wiggum:event (\{.*\}) -->$/;

/** One line of JSON in a comment; it can neither end the comment nor steer a terminal. */
export function markerLineOf({ id, kind, author, at }: EventMarker): string {
  const json = JSON.stringify({ id, kind, author, at }).replace(
    /[>\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `<!-- wiggum:event ${json} -->`;
}

/** `undefined` = the line is no marker of ours, and belongs to the text. */
export function readMarkerLine(line: string): EventMarker | undefined {
  const json = markerLine.exec(line)?.[1];
  if (json === undefined) return undefined;
  try {
    const { id, kind, author, at } = JSON.parse(json) as Record<string, unknown>;
    if ([id, kind, author, at].every((value) => typeof value === "string")) {
      return { id, kind, author, at } as EventMarker;
    }
  } catch {
    // Not JSON: a person's comment that looks like ours.
  }
  return undefined;
}
