import { expect, it } from "vitest";
import { Askers, type Asker } from "../../src/schedule/askers.ts";

function asker(consumer: string, askedAt: number, judged = false): Asker {
  const nothing = { resolve: () => {}, reject: () => {}, done: new AbortController() };
  const request = {
    consumer,
    weight: 1,
    cost: 2,
    urgency: 3,
    since: askedAt,
    deadline: askedAt + 1000,
    returning: false,
    signal: new AbortController().signal,
  };
  return { request, askedAt, judged, ...nothing };
}

it("unjudged() names each once, of those whom a turn has left waiting", () => {
  const askers = new Askers();
  askers.add("t1", asker("a", 10));
  askers.add("t2", asker("a", 10, true));
  askers.add("t3", asker("a", 30));
  expect([...askers.unjudged(20)]).toEqual(["t1"]);
  expect([...askers.unjudged(20)]).toEqual([]);
  expect([...askers.unjudged(30)]).toEqual(["t3"]);
});

it("applicants() stand before themselves and before the later ones of their consumer", () => {
  const askers = new Askers();
  for (const [ticket, consumer] of Object.entries({ t1: "a", t2: "b", t3: "a", t4: "a" })) {
    askers.add(ticket, asker(consumer, 0));
  }
  const behind = askers
    .applicants(new Set(["t1", "t2", "t4"]))
    .map(([ticket, applicant]) => [ticket, applicant.behind]);
  expect(behind).toEqual([
    ["t1", 6],
    ["t2", 2],
    ["t4", 2],
  ]);
});

it("take() ends one's wait", () => {
  const askers = new Askers();
  const one = asker("a", 0);
  askers.add("t1", one);
  expect(askers.take("t1")).toBe(one);
  expect(one.done.signal.aborted).toBe(true);
  expect([askers.take("t1"), askers.get("t1"), askers.tickets]).toEqual([undefined, undefined, []]);
});
