import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/observe/recorder.ts";
import { accessRecord, newNotes } from "../../src/observe/access-record.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryAccounts } from "../support/memory-accounts.ts";

const ENDING = { status: 502, totalMs: 1, bodyBytes: 0, end: "complete" } as const;

function open() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void =>
    void lines.push(JSON.parse(line) as Record<string, unknown>);
  const clock = new FakeClock();
  const store = new MemoryAccounts(() => clock.now());
  return {
    lines,
    clock,
    store,
    recorder: new Recorder({ log: pino({ base: null }, { write }), store, clock }),
  };
}

describe("Recorder", () => {
  it("takes an exchange to the counts, to the accounts and to the log", async () => {
    const { recorder, clock, store, lines } = open();
    const notes = { ...newNotes("r", "GET"), upstream: "api", consumer: "sync", route: "r" };
    recorder.add(accessRecord(notes, ENDING), new Error("why"));
    expect(recorder.counts.total.asked).toBe(1);
    expect(recorder.recent.find("r")).toMatchObject([{ consumer: "sync", endedAt: clock.now() }]);
    expect(lines).toMatchObject([{ msg: "exchange", err: { message: "why" } }]);
    await clock.advance(1000);
    expect(store.batches).toMatchObject([{ upstream: "api", cells: [{ counts: { a: 1 } }] }]);
  });

  it("takes what the background sent to the counts and to the accounts", async () => {
    const { recorder, clock, store, lines } = open();
    const spender = { upstream: "api", consumer: "sync", route: "r" };
    recorder.addBackground({ ...spender, forwards: 1, units: 5, throttled: 0 });
    expect(recorder.counts.consumers["sync"]?.forwarded).toBe(1);
    await clock.advance(1000);
    expect(store.batches[0]?.cells).toMatchObject([
      { consumer: "sync", route: "r", counts: { f: 1, u: 5 } },
    ]);
    expect(lines).toEqual([]);
  });

  it("logs what befalls the accounts", async () => {
    const { recorder, clock, store, lines } = open();
    store.failing = "before";
    recorder.addBackground({
      upstream: "api",
      consumer: "a",
      route: "r",
      forwards: 1,
      units: 1,
      throttled: 0,
    });
    await clock.advance(3000);
    store.failing = "no";
    await clock.advance(1000);
    expect(lines).toMatchObject([
      { level: 40, msg: expect.stringContaining("cannot be kept"), err: { type: "StoreFault" } },
      { level: 40, msg: "The accounts are kept again" },
    ]);
  });
});
