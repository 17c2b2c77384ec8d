// Which way imports point. See docs/architecture.md for the picture that these rules hold.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "pure-packages-know-no-node",
      comment:
        "ticket-core and workflow get time, ids and effects through ports; the kits alone start real processes",
      severity: "error",
      from: {
        path: "^packages/(ticket-core|workflow)/src",
        pathNot:
          "\\.test\\.ts$|/testing/|^packages/workflow/src/conformance/|^packages/ticket-core/src/conformance/(processes|broken)/",
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "pure-packages-run-no-programs",
      severity: "error",
      from: { path: "^packages/(ticket-core|workflow)/src" },
      to: { path: "node_modules/(execa|isomorphic-git)" },
    },
    {
      name: "data-plane-knows-no-control-plane",
      severity: "error",
      from: { path: "^packages/(ticket-core|ticket-backend-[a-z]+)/src" },
      to: { path: "^packages/(workflow|control-plane|runner-[a-z]+)/|^apps/" },
    },
    {
      name: "git-knows-no-tickets",
      severity: "error",
      from: { path: "^packages/git/src" },
      to: { path: "^packages/(?!git/)" },
    },
    {
      name: "tickets-know-no-git",
      severity: "error",
      from: { path: "^packages/ticket-core/src" },
      to: { path: "^packages/(?!ticket-core/)" },
    },
    {
      name: "workflow-knows-only-tickets",
      severity: "error",
      from: { path: "^packages/workflow/src" },
      to: { path: "^packages/(?!(workflow|ticket-core)/)" },
    },
    {
      name: "runners-know-only-workflow",
      severity: "error",
      from: { path: "^packages/runner-[a-z]+/src", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/(?!(workflow|ticket-core|runner-[a-z]+)/)" },
    },
    {
      name: "control-plane-knows-no-backend-internals-or-runner",
      severity: "error",
      from: { path: "^packages/control-plane/src", pathNot: "\\.test\\.ts$|/testing/" },
      to: { path: "^packages/runner-[a-z]+/" },
    },
    {
      name: "nobody-imports-the-command",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^apps/" },
    },
    {
      name: "no-foreign-src",
      comment: "a package is used through its exports, never through its files",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: {
        path: "^packages/([^/]+)/src/.+",
        pathNot: ["^packages/$1/", "/src/index\\.ts$", "/src/(conformance|sessions)/index\\.ts$"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/|/node_modules/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["wiggum-source", "import", "node", "default"],
      extensions: [".ts", ".js", ".mjs"],
    },
  },
};
