import { testDemoWith } from "./testing/demo-with-agent.js";

testDemoWith("codex");
