import { describe, expect, it } from "vitest";
import { Bookkeeping, NOBODY } from "../../src/observe/accounts.ts";
import { accessRecord, newNotes, type AccessRecord } from "../../src/observe/access-record.ts";
import type { AccountCell } from "../../src/ports/accounts.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { MemoryAccounts } from "../support/memory-accounts.ts";

const ENDING = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
const HALF_PAST = Date.parse("2026-11-24T20:30:00Z");

function record(changes: Partial<AccessRecord> = {}): AccessRecord {
  const known = { upstream: "api", consumer: "sync", route: "unlisted", cache: "hit" };
  return { ...accessRecord(newNotes("r", "GET"), ENDING), ...known, ...changes };
}

function open() {
  const clock = new FakeClock(HALF_PAST);
  let sleptMs = 0;
  const sleepThrough = (ms: number): void => {
    sleptMs += ms;
  };
  const store = new MemoryAccounts(() => clock.now());
  const told: string[] = [];
  const onTrouble = (what: string): void => void told.push(what);
  const one = (): Bookkeeping =>
    new Bookkeeping({
      store,
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic() + sleptMs,
        sleep: (ms, signal) => clock.sleep(ms, signal),
      },
      onTrouble,
    });
  const kept = async (upstream = "api") => {
    const found: Record<string, number> = {};
    const day = { from: HALF_PAST - 86_400_000, to: HALF_PAST + 86_400_000 };
    for await (const cells of store.read({ upstream, span: "minute", ...day })) {
      for (const { at, consumer, route, counts } of cells) {
        found[`${(at - HALF_PAST) / 60_000} ${consumer} ${route}`] =
          counts["a"] ?? counts["f"] ?? 0;
      }
    }
    return found;
  };
  return { clock, sleepThrough, store, told, one, kept, books: one() };
}

describe("Bookkeeping", () => {
  it("hands in once a second what has ended, by the minute in which it did", async () => {
    const { books, clock, kept, store } = open();
    books.add(record());
    books.add(record());
    await clock.advance(999);
    expect(await kept()).toEqual({});
    await clock.advance(1);
    expect(await kept()).toEqual({ "0 sync unlisted": 2 });
    await clock.advance(58_999);
    books.add(record());
    await clock.advance(1);
    books.add(record());
    await clock.advance(1000);
    expect(await kept()).toEqual({ "0 sync unlisted": 3, "1 sync unlisted": 1 });
    const handedIn = store.batches.length;
    await clock.advance(60_000);
    expect(store.batches).toHaveLength(handedIn);
  });

  it("counts what the background sent, and nothing where it sent nothing", async () => {
    const { books, clock, kept, store } = open();
    const cost = { upstream: "api", consumer: "sync", route: "GET /**", forwards: 2, units: 2 };
    books.addBackground({ ...cost, throttled: 0 });
    books.addBackground({ ...cost, consumer: "portal", forwards: 0, units: 0, throttled: 0 });
    await clock.advance(1000);
    expect(await kept()).toEqual({ "0 sync GET /**": 2 });
    expect(store.batches).toHaveLength(1);
  });

  it("keeps requests of strangers and for nowhere as nobody's", async () => {
    const { books, clock, kept } = open();
    const nobody = { upstream: undefined, consumer: undefined, route: undefined };
    books.add(record({ ...nobody, problem: "unknown-consumer", status: 401 }));
    await clock.advance(1000);
    expect(await kept(NOBODY)).toEqual({ "0 (none) (none)": 1 });
  });

  it("loses nothing while the store is away, and says so once", async () => {
    const { books, clock, kept, store, told } = open();
    store.failing = "before";
    for (let minute = 0; minute < 5; minute += 1) {
      books.add(record());
      await clock.advance(60_000);
    }
    expect(await kept().catch(() => "away")).toBe("away");
    expect(books.outlook).toEqual({ waiting: 5, lost: 0 });
    expect(told).toEqual(["The accounts cannot be kept for now; they are added later"]);
    store.failing = "no";
    await clock.advance(1000);
    expect(Object.values(await kept())).toEqual([1, 1, 1, 1, 1]);
    expect(told[1]).toBe("The accounts are kept again");
    expect(books.outlook).toEqual({ waiting: 0, lost: 0 });
  });

  it("says nothing of a failure that the next second mends", async () => {
    const { books, clock, store, told } = open();
    store.failing = "before";
    books.add(record());
    await clock.advance(2000);
    store.failing = "no";
    await clock.advance(1000);
    expect([books.outlook.waiting, told]).toEqual([0, []]);
  });

  it("counts nothing twice when a reply is lost", async () => {
    const { books, clock, kept, store } = open();
    store.failing = "after";
    books.add(record());
    await clock.advance(1000);
    // It cannot know, so the batch stays as it was, and what comes meanwhile is in the next.
    books.add(record());
    await clock.advance(1000);
    expect(store.batches.map(({ sequence }) => sequence)).toEqual([1, 1]);
    store.failing = "no";
    await clock.advance(1000);
    expect(store.batches.map(({ sequence }) => sequence)).toEqual([1, 1, 1, 2]);
    expect(await kept()).toEqual({ "0 sync unlisted": 2 });
  });

  it("adds what piled up bit by bit, so that nobody stands still for it", async () => {
    const { books, clock, kept, store } = open();
    store.failing = "before";
    for (let index = 0; index < 1500; index += 1) books.add(record({ route: `r${index}` }));
    await clock.advance(1000);
    store.failing = "no";
    await clock.advance(1000);
    expect(store.batches.map(({ cells }) => cells.length)).toEqual(Array(11).fill(100));
    await clock.advance(1000);
    const sum = Object.values(await kept()).reduce((one, another) => one + another, 0);
    expect(sum).toBe(1500);
  });

  it("has a bound on what waits, and tells what it could not keep", async () => {
    const { books, clock, store, told } = open();
    store.failing = "before";
    for (let index = 0; index < 20_010; index += 1) books.add(record({ route: `r${index}` }));
    // What has a place already goes on being counted.
    books.add(record({ route: "r7" }));
    expect(books.outlook).toEqual({ waiting: 20_000, lost: 10 });
    await clock.advance(1000);
    expect(told).toEqual([expect.stringContaining("exchanges are missing in the accounts")]);
  });

  it("gives up a batch in doubt before the store forgets whether it has it", async () => {
    const { books, clock, store, sleepThrough } = open();
    store.failing = "after";
    books.add(record());
    await clock.advance(1000);
    store.failing = "before";
    sleepThrough(86_398_000);
    await clock.advance(1000);
    expect(books.outlook).toEqual({ waiting: 1, lost: 0 });
    await clock.advance(2000);
    expect(books.outlook).toEqual({ waiting: 0, lost: 1 });
  });

  it("reads what this process has not handed in yet as well", async () => {
    const { books } = open();
    books.add(record());
    const query = { upstream: "api", span: "hour", from: 0, to: HALF_PAST * 2 } as const;
    const found: AccountCell[] = [];
    for await (const cells of books.read(query)) found.push(...cells);
    expect(found).toMatchObject([{ consumer: "sync", counts: { a: 1 } }]);
    expect(books.now()).toBe(HALF_PAST);
  });

  it("hands in the rest when it is closed, and then no more", async () => {
    const { books, clock, kept, store, told } = open();
    for (let index = 0; index < 1150; index += 1) books.add(record({ route: `r${index}` }));
    await books.close();
    expect(Object.keys(await kept())).toHaveLength(500 + 650);
    await clock.advance(5000);
    await settle();
    expect([store.batches.length, told]).toEqual([12, []]);
  });

  it("says that the last while is lost, where the store is away at the end", async () => {
    const { books, store, told } = open();
    store.failing = "before";
    books.add(record());
    await books.close();
    expect(told).toEqual(["The accounts of the last while could not be kept"]);
  });

  it("is exact over three processes and a restart, whatever is lost on the way", async () => {
    const { clock, store, kept, one, books } = open();
    const processes = [books, one(), one()];
    for (let round = 0; round < 30; round += 1) {
      store.failing = (["no", "before", "after"] as const)[round % 3] ?? "no";
      for (const process of processes) process.add(record());
      await clock.advance(700);
    }
    store.failing = "no";
    await Promise.all(processes.map((process) => process.close()));
    one().add(record());
    await clock.advance(1000);
    expect(Object.values(await kept())).toEqual([91]);
  });
});
