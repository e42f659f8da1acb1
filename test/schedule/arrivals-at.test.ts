import { expect, it } from "vitest";
import { ArrivalsAt } from "../../src/schedule/arrivals-at.ts";
import { standing } from "../support/outlook.ts";
import { seenAt } from "../support/policies.ts";

it("ArrivalsAt tells what is asked for at each inner quota of the latest outlook, and by whom steadily", () => {
  const arrivals = new ArrivalsAt();
  for (const second of [0, 1, 2, 3]) {
    const a = standing("a", 4, { joined: 10 + 2 * second });
    const b = standing("b", 0, { joined: 5 * second });
    const policies = [seenAt("r", { consumers: [a] }), seenAt("s", { consumers: [b] })];
    arrivals.learn({ atMs: 1000 * second, policies });
  }
  const rates = Object.fromEntries(
    [...arrivals.rates()].map(([policy, of]) => [policy, Object.fromEntries(of)]),
  );
  expect(rates).toEqual({ r: { a: 0.002 }, s: { b: 0.005 } });
  const demands = arrivals.demands();
  expect([...(demands.get("r")?.steady ?? [])]).toEqual(["a"]);
  expect([...(demands.get("s")?.steady ?? [])]).toEqual([]);
  arrivals.learn({ atMs: 4000, policies: [seenAt("s")] });
  expect([...arrivals.demands().keys()]).toEqual(["s"]);
});
