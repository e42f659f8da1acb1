import { nodeClock } from "../adapters/node-clock.ts";
import type { Clock } from "../ports/clock.ts";

/** The process's own clock, for what stands outside of an instance. */
export const systemClock: Clock = nodeClock;
