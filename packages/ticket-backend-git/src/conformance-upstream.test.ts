// A write counts when another repository has it.
import { runKit } from "./testing/run-kit.fixture.js";

await runKit("plain", true);
