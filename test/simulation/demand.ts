import { randomFrom } from "./events.ts";
import type { Asking, QuotaWorld } from "./quota-world.ts";

/** When a demand is there; milliseconds from now. Without an end it lasts. */
export interface Span {
  readonly fromMs?: number;
  readonly untilMs?: number;
}

const PROCESSES = ["p1", "p2", "p3"] as const;

/** So many callers, each of which asks again as soon as it is answered, through all processes. */
export function flood(
  world: QuotaWorld,
  asking: Asking,
  options: Span & { callers: number },
): void {
  const { callers, fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = options;
  const begin = world.events.nowMs;
  for (let caller = 0; caller < callers; caller += 1) {
    const process = asking.process ?? PROCESSES[caller % PROCESSES.length] ?? "p1";
    const ask = (): void => {
      if (world.events.nowMs - begin < untilMs) world.ask({ ...asking, process, onAnswer: ask });
    };
    world.events.after(fromMs, ask);
  }
}

/** Requests that come at random, independently of the answers (Poisson), at a mean rate. */
export function stream(
  world: QuotaWorld,
  asking: Asking,
  options: Span & { perMinute: number; seed: number },
): void {
  const { perMinute, seed, fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = options;
  const random = randomFrom(seed);
  const begin = world.events.nowMs;
  const gap = (): number => (-Math.log(1 - random()) * 60_000) / perMinute;
  const next = (): void => {
    if (world.events.nowMs - begin >= untilMs) return;
    const process = asking.process ?? PROCESSES[Math.floor(random() * PROCESSES.length)] ?? "p1";
    world.ask({ ...asking, process });
    world.events.after(gap(), next);
  };
  world.events.after(fromMs + gap(), next);
}

/** One request at a fixed interval. */
export function trickle(
  world: QuotaWorld,
  asking: Asking,
  options: Span & { everyMs: number },
): void {
  const { everyMs, fromMs = 0, untilMs = Number.POSITIVE_INFINITY } = options;
  const begin = world.events.nowMs;
  const next = (): void => {
    if (world.events.nowMs - begin >= untilMs) return;
    world.ask(asking);
    world.events.after(everyMs, next);
  };
  world.events.after(fromMs, next);
}
