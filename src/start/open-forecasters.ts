import { nodeClock } from "../adapters/node-clock.ts";
import { Forecaster } from "../schedule/forecaster.ts";
import type { Stores } from "../ports/stores.ts";
import type { Lines } from "./lines.ts";

/**
 * One forecaster for each upstream that there is when it is asked for, made at the first look: what a reload adds is
 * foretold as well, and one that stays remembers the rates that it has seen.
 */
export function openForecasters(
  lines: Lines,
  stores: Pick<Stores, "ledger">,
): () => ReadonlyMap<string, Forecaster> {
  const opened = new Map<string, Forecaster>();
  return () => {
    for (const name of lines.current.keys()) {
      const forecaster = opened.get(name) ?? forecasterOf(name, lines, stores);
      if (forecaster) opened.set(name, forecaster);
    }
    return new Map([...opened].filter(([name]) => lines.current.has(name)));
  };
}

function forecasterOf(
  name: string,
  lines: Lines,
  stores: Pick<Stores, "ledger">,
): Forecaster | undefined {
  const terms = lines.termsOf(name);
  if (!terms) return undefined;
  return new Forecaster({
    ledger: stores.ledger(terms),
    clock: nodeClock,
    terms: () => terms,
    maxWaitMs: () => lines.current.get(name)?.upstream.queue.maxWaitMs ?? 0,
  });
}
