import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take longest, by the ends of their paths: begun first, so that none of them is left to run alone at the end. Programs of others and our own work
 * take turns. What is missing here, or here and gone, costs time and nothing else.
 */
const longest = [
  "/real-agents/demo-opencode.test.ts",
  "/ticket-backend-git/src/conformance-upstream.test.ts",
  "/real-agents/messages.test.ts",
  "/e2e/original-adoption.test.ts",
  "/real-agents/demo-opencode-server.test.ts",
  "/runner-process/src/planted-faults.test.ts",
  "/demo/src/alone-or-in-panes.test.ts",
  "/ticket-core/src/conformance/broken.test.ts",
  "/real-agents/demo-codex.test.ts",
  "/ticket-backend-git/src/conformance-sha256.test.ts",
  "/demo/src/demo.test.ts",
  "/bench/panes.test.ts",
  "/real-agents/demo-claude.test.ts",
  "/e2e/exchange.test.ts",
  "/demo/src/other-runs.test.ts",
  "/e2e/pane-messages.test.ts",
  "/http/conformance-http.test.ts",
  "/runner-opencode/src/servers.test.ts",
  "/e2e/odd-places.test.ts",
  "/control-plane/src/project-doctor.test.ts",
  "/e2e/help-examples.test.ts",
  "/real-agents/headless.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((end) => moduleId.endsWith(end));
      return found === -1 ? longest.length : found;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      "packages/*",
      "apps/*",
      "examples/conformance",
      "examples/demo",
      "examples/embedding",
      "examples/scripted-model",
      "published",
      "bench",
    ],
  },
});
