import { Lookout } from "../../src/schedule/lookout.ts";
import type { Asked, Asking, QuotaWorld } from "./quota-world.ts";
import type { Foresight } from "../../src/schedule/foresee.ts";

/** One request's forecast, to be held against what came of it. */
export interface Prediction extends Foresight {
  readonly asked: Asked;
}

/** Foretells each request of a world as it asks, each process by its own lookout, as a scheduler does. */
export function foretell(world: QuotaWorld, weights: number): Prediction[] {
  const predictions: Prediction[] = [];
  const lookouts = new Map<string, Lookout>();
  const ask = world.ask.bind(world);
  world.ask = (asking: Asking): Asked => {
    const { consumer, weight = 1, cost = 1, urgency = 3, process = "p1" } = asking;
    const lookout = lookouts.get(process) ?? new Lookout(world.terms, () => weights);
    lookouts.set(process, lookout);
    const now = world.events.nowMs;
    const somebodyWaits = Number(world.tables.read("state", "waiting") ?? 0) > 0;
    if (somebodyWaits && !lookout.isFresh(now)) lookout.learn(world.outlook(), now);
    const foresight = lookout.isFresh(now)
      ? lookout.foresee({ consumer, weight, cost, urgency }, now)
      : undefined;
    const asked = ask(asking);
    lookout.note(consumer, cost);
    if (foresight) predictions.push({ ...foresight, asked });
    return asked;
  };
  return predictions;
}

/** What came of the forecasts for requests that had to wait. */
export interface Verdict {
  readonly count: number;
  /** The part of them that was right within 10 % or 1 s. */
  readonly right: number;
  /** How many left after the bound that was told. */
  readonly broken: number;
  /** The part of the forecasts that told more, or less, than came, by more than that. */
  readonly over: number;
  readonly under: number;
}

/** Holds forecasts against departures; those of requests that left at once prove nothing and do not count. */
export function judge(predictions: readonly Prediction[]): Verdict {
  let [count, right, broken, over, under] = [0, 0, 0, 0, 0];
  for (const { asked, waitMs, boundMs } of predictions) {
    if (asked.departedAt === undefined) continue;
    const came = asked.departedAt - asked.askedAt;
    if (came > boundMs + 1) broken += 1;
    if (came === 0) continue;
    count += 1;
    const error = waitMs - came;
    if (Math.abs(error) <= Math.max(1000, came / 10)) right += 1;
    else if (error > 0) over += 1;
    else under += 1;
  }
  return { count, right: right / count, broken, over: over / count, under: under / count };
}
