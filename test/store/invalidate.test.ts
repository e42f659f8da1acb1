import { describe, expect, it } from "vitest";
import { StoreFault } from "../../src/ports/faults.ts";
import { Invalidation } from "../../src/store/invalidate.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import type { Mark } from "../../src/ports/cache-store.ts";

const MARK: Mark = { writer: "w", names: ["a", "b"], forMs: 1000 };

async function pending(store: MemoryCacheStore): Promise<(boolean | undefined)[]> {
  return (await store.generations(MARK.names)).map((one) => one.pending);
}

async function generation(store: MemoryCacheStore, name: string): Promise<string | undefined> {
  return (await store.read("", [name])).generations[0]?.hard;
}

async function announced() {
  const store = new MemoryCacheStore();
  const invalidation = new Invalidation(store);
  await invalidation.announce(MARK);
  return { store, invalidation };
}

describe("Invalidation", () => {
  it("gives each name a new generation before it resolves (P7)", async () => {
    const store = new MemoryCacheStore();
    const invalidation = new Invalidation(store);
    expect(await invalidation.invalidate(["a", "b"])).toBe(true);
    const first = await generation(store, "a");
    await invalidation.invalidate(["a"]);
    expect(first).not.toBe("");
    expect(await generation(store, "a")).not.toBe(first);
    expect(invalidation.owed).toBe(0);
  });

  it("owes what the store did not hear, and pays it with whatever comes next", async () => {
    const store = new MemoryCacheStore();
    const invalidation = new Invalidation(store);
    store.failing = true;
    expect(await invalidation.invalidate(["a", "b"])).toBe(false);
    expect(await invalidation.invalidate(["a"])).toBe(false);
    expect(invalidation.owed).toBe(2);
    store.failing = false;
    expect(await invalidation.settle()).toBe(true);
    expect(invalidation.owed).toBe(0);
    expect(await generation(store, "b")).not.toBe("");
  });

  it("pays once for all who wait for it, and anew for what is owed meanwhile", async () => {
    const store = new MemoryCacheStore();
    const invalidation = new Invalidation(store);
    store.failing = true;
    await invalidation.invalidate(["a", "b"]);
    const bumps: { names: readonly string[]; done: PromiseWithResolvers<void> }[] = [];
    store.bump = (names) => {
      const done = Promise.withResolvers<void>();
      bumps.push({ names, done });
      return done.promise;
    };
    const settled = [invalidation.settle(), invalidation.settle()];
    const written = invalidation.invalidate(["c"]);
    const later = invalidation.settle();
    expect(bumps.map(({ names }) => names)).toEqual([
      ["a", "b"],
      ["a", "b", "c"],
    ]);
    bumps[0]?.done.resolve();
    expect(await Promise.all(settled)).toEqual([true, true]);
    expect(invalidation.owed).toBe(1);
    bumps[1]?.done.reject(new StoreFault("away"));
    expect(await Promise.all([written, later])).toEqual([false, false]);
    void invalidation.settle();
    expect(bumps[2]?.names).toEqual(["c"]);
  });

  it("pays by itself when the store is back, until it is stopped", async () => {
    const { store, invalidation } = await announced();
    const clock = new FakeClock();
    const stopping = new AbortController();
    const paying = invalidation.keepPaying(clock, stopping.signal);
    store.failing = true;
    await invalidation.conclude(MARK, { touched: ["a"], known: true });
    await clock.advance(1000);
    expect(invalidation.owed).toBe(1);
    store.failing = false;
    await clock.advance(250);
    expect(invalidation.owed).toBe(0);
    expect(await generation(store, "a")).not.toBe("");
    stopping.abort();
    await paying;
  });

  it("still owes a name whose second write the store did not hear, when an earlier bump of it ends", async () => {
    const store = new MemoryCacheStore();
    const invalidation = new Invalidation(store);
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const bumps = [first.promise, second.promise];
    store.bump = () => bumps.shift() ?? Promise.resolve();
    const earlier = invalidation.invalidate(["a"]);
    const later = invalidation.invalidate(["a"]);
    first.resolve();
    expect(await earlier).toBe(true);
    second.reject(new StoreFault("gone"));
    expect(await later).toBe(false);
    expect(invalidation.owed).toBe(1);
  });

  it("owes a bounded number of names, the newest", async () => {
    const store = new MemoryCacheStore();
    const invalidation = new Invalidation(store);
    store.failing = true;
    const names = Array.from({ length: 10_050 }, (_, index) => `n${index}`);
    await invalidation.invalidate(names);
    expect(invalidation.owed).toBe(10_000);
    store.failing = false;
    await invalidation.settle();
    expect([await generation(store, "n49"), await generation(store, "n50")]).toEqual([
      "",
      expect.stringMatching(/./),
    ]);
  });

  it("passes on what is not the store's own fault", async () => {
    const store = new MemoryCacheStore();
    store.bump = () => Promise.reject(new TypeError("a defect"));
    await expect(new Invalidation(store).invalidate(["a"])).rejects.toThrow("a defect");
  });
});

describe("announce()", () => {
  it("marks the names before the write is sent, so that nothing fetched meanwhile is stored", async () => {
    const store = new MemoryCacheStore();
    await new Invalidation(store).announce(MARK);
    expect(await pending(store)).toEqual([true, true]);
    expect(await generation(store, "a")).toBe("");
  });

  it("costs nothing where a request changes nothing", async () => {
    const store = new MemoryCacheStore();
    await new Invalidation(store).announce({ ...MARK, names: [] });
    expect(store.calls).toEqual([]);
  });

  it("lets the write go on where the store is out of reach (P10), and hides no other failure", async () => {
    const store = new MemoryCacheStore();
    const invalidation = new Invalidation(store);
    store.failing = true;
    await invalidation.announce(MARK);
    expect(invalidation.owed).toBe(0);
    store.mark = () => Promise.reject(new TypeError("a defect"));
    await expect(invalidation.announce(MARK)).rejects.toThrow("a defect");
  });
});

describe("conclude()", () => {
  it("invalidates what a known write touched, more than was announced too, and takes its marks back", async () => {
    const { store, invalidation } = await announced();
    await invalidation.conclude(MARK, { touched: ["a", "b", "c"], known: true });
    await settle();
    // In this order: taken back before, something old could be stored under the new generation.
    expect(store.calls).toEqual(["mark a,b", "bump hard a,b,c", "unmark a,b"]);
    expect(await pending(store)).toEqual([false, false]);
  });

  it("answers without waiting for the marks to go", async () => {
    const { store, invalidation } = await announced();
    store.unmark = () => new Promise(() => {});
    await invalidation.conclude(MARK, { touched: ["a"], known: true });
    expect(await generation(store, "a")).not.toBe("");
  });

  it("invalidates and goes on marking where the outcome is not known: the upstream may act on it yet", async () => {
    const { store, invalidation } = await announced();
    const marked: Mark[] = [];
    const mark = store.mark.bind(store);
    store.mark = (one) => {
      marked.push(one);
      return mark(one);
    };
    await invalidation.conclude(MARK, { touched: ["a", "b"], known: false });
    await settle();
    expect(store.calls).toEqual(["mark a,b", "bump hard a,b", "mark a,b"]);
    expect([marked, await pending(store)]).toEqual([[MARK], [true, true]]);
  });

  it("only takes the marks back of a write that was refused", async () => {
    const { store, invalidation } = await announced();
    await invalidation.conclude(MARK, { touched: [], known: true });
    await settle();
    expect(store.calls).toEqual(["mark a,b", "unmark a,b"]);
    expect([await generation(store, "a"), await pending(store)]).toEqual(["", [false, false]]);
  });

  it("touches what only the answer named, without a mark", async () => {
    const store = new MemoryCacheStore();
    const none = { ...MARK, names: [] };
    await new Invalidation(store).conclude(none, { touched: ["c"], known: false });
    expect(store.calls).toEqual(["bump hard c"]);
  });

  it("owes everything that was touched where the store is lost meanwhile", async () => {
    const { store, invalidation } = await announced();
    store.failing = true;
    await invalidation.conclude(MARK, { touched: ["a", "b"], known: true });
    await settle();
    expect(invalidation.owed).toBe(2);
    store.failing = false;
    expect(await invalidation.settle()).toBe(true);
    expect(await generation(store, "a")).not.toBe("");
    // The marks are left to run out: until then nothing is stored, which is safe.
    expect(await pending(store)).toEqual([true, true]);
  });

  it("leaves the marks of a write that the store has not heard of, so that they invalidate in its place", async () => {
    const { store, invalidation } = await announced();
    store.bump = () => Promise.reject(new StoreFault("gone"));
    await invalidation.conclude(MARK, { touched: ["a"], known: true });
    await settle();
    expect([store.calls, invalidation.owed]).toEqual([["mark a,b"], 1]);
  });

  it("pays what an earlier write owed before it answers", async () => {
    const { store, invalidation } = await announced();
    store.failing = true;
    await invalidation.invalidate(["earlier"]);
    store.failing = false;
    await invalidation.conclude(MARK, { touched: ["a"], known: true });
    expect(await generation(store, "earlier")).not.toBe("");
  });
});
