// The bundle takes these for `node:crypto` and `node:zlib` (see bundle-plugins.ts): they are loaded at the first call.
const crypto = () => process.getBuiltinModule("node:crypto");
const zlib = () => process.getBuiltinModule("node:zlib");

type Crypto = typeof import("node:crypto");
type Zlib = typeof import("node:zlib");

export const createHash: Crypto["createHash"] = (algorithm, options) =>
  crypto().createHash(algorithm, options);
export const randomBytes = ((size: number) => crypto().randomBytes(size)) as Crypto["randomBytes"];
export const randomInt = ((below: number) => crypto().randomInt(below)) as Crypto["randomInt"];
export const deflateSync: Zlib["deflateSync"] = (content, options) => zlib().deflateSync(content, options);
export const inflateSync: Zlib["inflateSync"] = (content, options) => zlib().inflateSync(content, options);
