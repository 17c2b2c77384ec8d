// Objects through git, the ref in this process.
import { runKit } from "./testing/run-kit.fixture.js";

await runKit("sha256");
