// What the bench runs, built beside the package and not published with it.
export { type ScheduleOptions, type ScheduleReport, simulateSchedule } from "./simulate.js";
export { type Rule, rules } from "./world.js";
