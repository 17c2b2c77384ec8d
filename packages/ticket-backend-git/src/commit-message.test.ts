import fc from "fast-check";
import { expect, test } from "vitest";
import { formatMessage, parseMessage, subjectOf } from "./commit-message.js";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    " ",
    '"',
    '"quoted"',
    "a\nOp: forged",
    "\r\n",
    "\u0085",
    "\u2028",
    "x: y",
    " lead",
    "trail ",
    "🙂",
  ),
);

test("whatever is written into a message is read back, on one line each", () => {
  fc.assert(
    fc.property(
      fc.record({
        operationId: fc.uuid(),
        subject: text,
        cause: fc.option(text, { nil: undefined }),
        override: fc.option(text, { nil: undefined }),
        skipHooks: fc.boolean(),
        id: text,
        role: fc.option(text, { nil: undefined }),
        host: text,
        from: fc.option(text, { nil: undefined }),
      }),
      ({ id, role, host, from, ...commit }) => {
        const actor = { kind: "agent" as const, id, ...(role === undefined ? {} : { role }), host };
        const changes = [
          { id: "tk-1", ...(from === undefined ? {} : { from }), to: "ready", epoch: 3 },
          { id: "tk-2" },
        ];
        const message = formatMessage({ ...commit, actor }, changes, "elsewhere");
        const { subject: _subject, ...rest } = commit;
        expect(parseMessage(message)).toEqual({ ...rest, actor, changes });
        expect(subjectOf(message).length).toBeGreaterThan(0);
        // git ends a line at \n alone; nothing else that could steer a terminal is left in either.
        expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      },
    ),
  );
});

test("other people's messages have no operation", () => {
  for (const message of [
    "",
    "subject",
    "subject\n\nbody",
    "subject\n\nOp x",
    "Op: x",
    "subject\n\nSigned-off-by: me\n",
  ]) {
    expect(parseMessage(message), message).toBeUndefined();
  }
});

test("the trailers that scripts read are plain", () => {
  const actor = { kind: "agent" as const, id: "worker-0", role: "worker" };
  const message = formatMessage(
    { operationId: "01J", actor, subject: "Transition tk-1: ready → in-progress", cause: undefined },
    [{ id: "tk-1", from: "ready", to: "in-progress", epoch: 1 }],
    "box",
  );
  expect(message).toBe(
    "Transition tk-1: ready → in-progress\n\nTicket: tk-1\nFrom: ready\nTo: in-progress\nEpoch: 1\nOp: 01J\n" +
      "Actor: worker-0\nKind: agent\nRole: worker\nHost: box\n",
  );
});
