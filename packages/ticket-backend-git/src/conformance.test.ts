import { runKit } from "./testing/run-kit.fixture.js";

await runKit("plain");
