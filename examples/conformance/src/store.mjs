// The backend that is tried here: the one in memory. Put your own in its place.
import { createMemoryBackend } from "@wiggum/ticket-core";

/** A new, empty store for each test, whose backend asks the kit's judge. */
export async function createBackend({ judge }) {
  const backend = createMemoryBackend({ judge });
  return { backend, plant: backend.plant };
}
