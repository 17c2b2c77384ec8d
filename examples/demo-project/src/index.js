export { capitalize } from "./capitalize.js";
export { countWords } from "./countWords.js";
export { padCenter } from "./padCenter.js";
export { truncate } from "./truncate.js";
export { words } from "./words.js";
