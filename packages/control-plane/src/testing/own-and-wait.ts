// Holds an owner lock until it is killed. Prints the owner's id after a forced garbage collection: a holder that keeps nothing but
// the id must stay alive.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createOwner } from "../owner-lock.js";

const { id } = createOwner(process.argv[2] ?? "");
setFlagsFromString("--expose-gc");
runInNewContext("gc")();
setTimeout(() => console.log(id), 10);
setInterval(() => {}, 1_000);
