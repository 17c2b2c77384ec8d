import { expect, test } from "vitest";
import { knownLayout } from "./known-layout.js";

const drawn = "b25d,80x24,0,0,0";

test.each(["3.2", "3.3a", "3.4", "next-3.4", "master", "openbsd-7.6", ""])(
  "tmux %j is asked for what every tmux has, and never for a name of a later one",
  (version) => {
    for (const wanted of ["tiled", "even-vertical", "main-horizontal", drawn])
      expect(knownLayout(wanted, version)).toEqual({ layout: wanted });
    expect(knownLayout("main-horizontal-mirrored", version)).toMatchObject({ layout: "main-horizontal" });
    expect(knownLayout("main-vertical-mirrored", version).remark).toContain("main-vertical is used");
    for (const wanted of ["x", "", "no-such", "-mirrored", "abcdef"])
      expect(knownLayout(wanted, version)).toEqual({ remark: expect.stringContaining("has no layout") });
  },
);

test.each(["3.5", "3.5a", "3.6", "4.0", "next-3.5"])("tmux %j knows the mirrored ones", (version) => {
  expect(knownLayout("main-vertical-mirrored", version)).toEqual({ layout: "main-vertical-mirrored" });
});
