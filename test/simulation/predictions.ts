import { Lookout } from "../../src/schedule/lookout.ts";
import type { Asked, Asking, QuotaWorld } from "./quota-world.ts";
import type { Foresight } from "../../src/schedule/foresee.ts";

/** One request's forecast, to be held against what came of it. */
export interface Prediction extends Foresight {
  readonly asked: Asked;
}

interface Fresh {
  readonly asked: Asked;
  readonly asking: Asking;
}

/**
 * Foretells each request of a world that a turn has left waiting, as a scheduler does: from an outlook of the ledger
 * that is at most 200 ms old. With `exact`, each time from a new one.
 */
export function foretell(
  world: QuotaWorld,
  { weights = 0, exact = false }: { weights?: number; exact?: boolean } = {},
): Prediction[] {
  const predictions: Prediction[] = [];
  const desks = new Map<string, { lookout: Lookout; fresh: Fresh[] }>();
  const ask = world.ask.bind(world);
  const judgeAll = (lookout: Lookout, fresh: readonly Fresh[]): void => {
    const now = world.events.nowMs;
    if (exact || !lookout.isFresh(now)) {
      lookout.ask(new Map());
      lookout.learn(world.outlook(), now);
    }
    const behind = new Map<string, number>();
    for (const { asked, asking } of fresh.toReversed()) {
      const { consumer, weight = 1, cost = 1, urgency = 3, policies = [] } = asking;
      if (asked.departedAt !== undefined) continue;
      behind.set(consumer, (behind.get(consumer) ?? 0) + cost);
      for (const { name } of policies) {
        const line = `${name}|${consumer}`;
        behind.set(line, (behind.get(line) ?? 0) + cost);
      }
      const behindAt = new Map(
        policies.map(({ name }) => [name, behind.get(`${name}|${consumer}`) ?? 0]),
      );
      const own = { behind: behind.get(consumer) ?? 0, behindAt };
      const foresight = lookout.foresee({ consumer, weight, cost, urgency, policies, ...own }, now);
      if (foresight) predictions.push({ ...foresight, asked });
    }
  };
  world.ask = (asking: Asking): Asked => {
    const { consumer, cost = 1, process = "p1" } = asking;
    const desk = desks.get(process) ?? {
      lookout: new Lookout(world.terms, () => weights),
      fresh: [],
    };
    desks.set(process, desk);
    const asked = ask(asking);
    desk.lookout.note(consumer, cost);
    desk.fresh.push({ asked, asking });
    if (desk.fresh.length === 1) {
      // After the turns of this instant: one after this process's own, another for hints to others.
      world.events.after(0, () =>
        world.events.after(0, () => judgeAll(desk.lookout, desk.fresh.splice(0))),
      );
    }
    return asked;
  };
  return predictions;
}

/** What came of the forecasts. */
export interface Verdict {
  readonly count: number;
  /** The part of them that was right within 10 % or 1 s. */
  readonly right: number;
  /** The parts that told more, or less, than came, by more than that. */
  readonly over: number;
  readonly under: number;
  /** How many requests left after the bound that was told. */
  readonly broken: number;
}

/** Holds forecasts against departures; what has not left yet is left out. */
export function judge(predictions: readonly Prediction[]): Verdict {
  let [count, right, broken, over, under] = [0, 0, 0, 0, 0];
  for (const { asked, waitMs, boundMs } of predictions) {
    if (asked.departedAt === undefined) continue;
    const came = asked.departedAt - asked.askedAt;
    const error = waitMs - came;
    count += 1;
    if (came > boundMs + 1) broken += 1;
    if (Math.abs(error) <= Math.max(1000, came / 10)) right += 1;
    else if (error > 0) over += 1;
    else under += 1;
  }
  return { count, right: right / count, over: over / count, under: under / count, broken };
}
