import { describe, expect, it } from "vitest";
import { Settlement } from "../../src/observe/settlement.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryAccounts } from "../support/memory-accounts.ts";
import type { AccountCounts, AccountSpan } from "../../src/ports/accounts.ts";

const NOON = Date.parse("2026-11-25T12:00:00Z");
const MINUTE_MS = 60_000;

function open() {
  const clock = new FakeClock(NOON);
  const store = new MemoryAccounts(() => clock.now());
  let sequence = 0;
  const spend = (consumer: string, units: number, at = clock.now()): Promise<void> =>
    store.add({
      upstream: "api",
      process: "p1",
      sequence: (sequence += 1),
      cells: [
        {
          at: Math.floor(at / MINUTE_MS) * MINUTE_MS,
          consumer,
          route: "r",
          counts: { a: units, u: units, k: units, g: units },
        },
      ],
    });
  const borrowed = async (span: AccountSpan = "minute") => {
    const found: Record<string, number> = {};
    const query = { upstream: "api", span, from: NOON - 86_400_000, to: NOON + 86_400_000 };
    for await (const cells of store.read(query)) {
      for (const { at, consumer, counts } of cells as readonly {
        at: number;
        consumer: string;
        counts: AccountCounts;
      }[]) {
        const units = counts["b"];
        if (units !== undefined) found[`${(at - NOON) / MINUTE_MS} ${consumer}`] = units;
      }
    }
    return found;
  };
  const settle = (): Settlement =>
    new Settlement({ store, clock, upstreams: [{ name: "api", unitsAMinute: 200 }] });
  return { clock, store, spend, borrowed, settle };
}

describe("Settlement", () => {
  it("adds what was borrowed to the minute and to its hour, once the minute is over", async () => {
    const { clock, spend, borrowed, settle } = open();
    settle();
    await spend("a", 150);
    await spend("b", 20);
    await clock.advance(MINUTE_MS + 14_000);
    expect(await borrowed()).toEqual({});
    await clock.advance(2000);
    expect(await borrowed()).toEqual({ "0 a": 50 });
    await spend("b", 130);
    await spend("a", 1);
    await clock.advance(2 * MINUTE_MS);
    expect(await borrowed()).toEqual({ "0 a": 50, "1 b": 30 });
    expect(await borrowed("hour")).toEqual({ "0 a": 50, "0 b": 30 });
  });

  it("settles each minute once, however many instances there are", async () => {
    const { clock, spend, borrowed, settle, store } = open();
    for (let index = 0; index < 3; index += 1) settle();
    await spend("a", 150);
    await spend("b", 20);
    await clock.advance(5 * MINUTE_MS);
    settle();
    await clock.advance(5 * MINUTE_MS);
    expect(await borrowed()).toEqual({ "0 a": 50 });
    expect(store.batches.filter(({ process }) => process === "settlement").length).toBeGreaterThan(
      1,
    );
  });

  it("makes up for the minutes in which nobody ran, in their order", async () => {
    const { clock, spend, borrowed, settle } = open();
    for (const minute of [2, 0, 1]) {
      await spend("a", 150, NOON + minute * MINUTE_MS);
      await spend("b", 20 + minute, NOON + minute * MINUTE_MS);
    }
    await clock.advance(40 * MINUTE_MS);
    settle();
    await clock.advance(0);
    expect(await borrowed()).toEqual({ "0 a": 50, "1 a": 50, "2 a": 50 });
  });

  it("tries again where the store was away, or its reply was lost, and adds nothing twice", async () => {
    const { clock, store, spend, borrowed, settle } = open();
    settle();
    await spend("a", 150);
    await spend("b", 20);
    store.failing = "before";
    await clock.advance(MINUTE_MS + 20_000);
    store.failing = "after";
    await clock.advance(MINUTE_MS);
    store.failing = "no";
    await clock.advance(MINUTE_MS);
    expect(await borrowed()).toEqual({ "0 a": 50 });
  });

  it("ends when it is closed", async () => {
    const { clock, spend, borrowed, settle } = open();
    const settlement = settle();
    await spend("a", 150);
    await spend("b", 20);
    await settlement.close();
    await clock.advance(5 * MINUTE_MS);
    expect(await borrowed()).toEqual({});
  });
});
