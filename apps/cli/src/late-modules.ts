// The bundle takes these for `node:crypto` and `node:zlib`: loading either costs more than reading all tickets of a small project, and most commands
// need neither. What a package imports from them must stand here, or the build fails.
const crypto = () => process.getBuiltinModule("node:crypto");
const zlib = () => process.getBuiltinModule("node:zlib");

type Crypto = typeof import("node:crypto");
type Zlib = typeof import("node:zlib");

export const createHash: Crypto["createHash"] = (algorithm, options) =>
  crypto().createHash(algorithm, options);
export const randomBytes = ((size: number) => crypto().randomBytes(size)) as Crypto["randomBytes"];
export const randomInt = ((below: number) => crypto().randomInt(below)) as Crypto["randomInt"];
export const deflateSync: Zlib["deflateSync"] = (content, options) => zlib().deflateSync(content, options);
