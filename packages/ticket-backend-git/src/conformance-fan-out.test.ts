// Tickets in folders: the same promises.
import { runKit } from "./testing/run-kit.fixture.js";

await runKit("fan-out");
