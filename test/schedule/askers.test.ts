import { expect, it } from "vitest";
import { Askers, type Asker } from "../../src/schedule/askers.ts";
import { FakeClock } from "../support/fake-clock.ts";

function asker(consumer: string, askedAt: number, judged = false): Asker {
  const nothing = { resolve: () => {}, reject: () => {} };
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

function open() {
  const clock = new FakeClock();
  const ends: string[] = [];
  const askers = new Askers({ clock, onEnd: (...end) => ends.push(end.join(" ")) });
  return { clock, ends, askers };
}

it("unjudged() names each once, of those whom a turn has left waiting", () => {
  const { askers } = open();
  askers.add("t1", asker("a", 10));
  askers.add("t2", asker("a", 10, true));
  askers.add("t3", asker("a", 30));
  expect([...askers.unjudged(20)]).toEqual(["t1"]);
  expect([...askers.unjudged(20)]).toEqual([]);
  expect([...askers.unjudged(30)]).toEqual(["t3"]);
});

it("applicants() stand before themselves and before the later ones of their consumer", () => {
  const { askers } = open();
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

it("take() ends one's wait: nobody hears of its client or its deadline any more", async () => {
  const { askers, clock, ends } = open();
  const client = new AbortController();
  const standard = asker("a", 0);
  const one = { ...standard, request: { ...standard.request, signal: client.signal } };
  askers.add("t1", one);
  expect(askers.take("t1")).toBe(one);
  client.abort();
  await clock.advance(2000);
  expect(ends).toEqual([]);
  expect([askers.take("t1"), askers.get("t1"), askers.tickets]).toEqual([undefined, undefined, []]);
});

it("add() listens for a client that leaves, and for the deadline", async () => {
  const { askers, clock, ends } = open();
  const client = new AbortController();
  const standard = asker("a", 0);
  askers.add("t1", { ...standard, request: { ...standard.request, signal: client.signal } });
  askers.add("t2", standard);
  client.abort();
  expect(ends).toEqual(["t1 left"]);
  askers.take("t1");
  await clock.advance(999);
  expect(ends).toHaveLength(1);
  await clock.advance(1);
  expect(ends).toEqual(["t1 left", "t2 late"]);
});

it("add() gives one that will not wait at all a second for its first turn", async () => {
  const { askers, clock, ends } = open();
  const standard = asker("a", 0);
  askers.add("t1", { ...standard, request: { ...standard.request, deadline: 0 } });
  await clock.advance(999);
  expect(ends).toEqual([]);
  await clock.advance(1);
  expect(ends).toEqual(["t1 late"]);
});
