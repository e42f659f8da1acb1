import { describe, expect, it } from "vitest";
import { digest } from "../../src/adapters/digest.ts";
import { createNearCache } from "../../src/adapters/near-cache.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { settle } from "../support/fake-clock.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { Coherence, NearContents } from "../../src/adapters/coherence.ts";
import type { CacheReading } from "../../src/ports/cache-store.ts";

const LONG_MS = 3_600_000;

/** A store that counts how often it is read, and whose answers can be held back. */
class SlowStore extends MemoryCacheStore {
  reads = 0;
  gate: Promise<void> | undefined;

  override async read(key: string, names: readonly string[]): Promise<CacheReading> {
    this.reads += 1;
    const reading = await super.read(key, names);
    await this.gate;
    return reading;
  }

  override held(): undefined {
    return undefined;
  }
}

function world(maxBytes = 1_000_000) {
  const inner = new SlowStore();
  const state = { current: true, nowMs: 0, closed: false };
  const told: { contents?: NearContents } = {};
  const coherence: Coherence = {
    follow(contents) {
      told.contents = contents;
    },
    current: () => state.current,
    async close() {
      state.closed = true;
    },
  };
  const near = createNearCache({ inner, coherence, maxBytes, monotonic: () => state.nowMs });
  return {
    inner,
    near,
    coherence,
    state,
    drop: (...names: string[]) => told.contents?.drop(names.map(digest)),
    clear: () => told.contents?.clear(),
    /** Whether a read is answered from memory. */
    hits: async (key: string, names: readonly string[] = ["tickets"]): Promise<boolean> => {
      const before = inner.reads;
      await near.read(key, names);
      return inner.reads === before;
    },
    /** Puts a response under the key and has it held. */
    fill: async (key: string, bytes = 8): Promise<void> => {
      const body = new Uint8Array(bytes);
      await near.write(key, storedResponse({ body, generations: [] }), LONG_MS);
      await near.read(key, ["tickets"]);
    },
  };
}

/** A promise in the test's hand. */
function gate() {
  return Promise.withResolvers<void>();
}

describe("createNearCache()", () => {
  it("answers a second read from memory, with the same reading", async () => {
    const { near, fill, hits } = world();
    await fill("key");
    const reading = await near.read("key", ["tickets"]);
    expect(await hits("key")).toBe(true);
    expect(await near.read("key", ["tickets"])).toEqual(reading);
    expect(reading.variants).toHaveLength(1);
  });

  it("tells what it holds, and how often that answered", async () => {
    const { near, fill, hits } = world();
    await fill("key", 5000);
    await hits("key");
    await hits("other");
    expect(near.near).toMatchObject({ entries: 1, hits: 1, misses: 2 });
    expect(near.near?.bytes).toBeGreaterThan(5000);
    await near.remove("key");
    expect(near.near).toMatchObject({ entries: 0, bytes: 0 });
  });

  it("asks the store while nothing may be taken for current, and holds on to what it has", async () => {
    const { near, fill, hits, state } = world();
    await fill("key");
    state.current = false;
    expect(await hits("key")).toBe(false);
    expect(near.held("key")?.variants).toHaveLength(1);
    state.current = true;
    expect(await hits("key")).toBe(true);
  });

  it("asks the store again after two seconds", async () => {
    const { fill, hits, state } = world();
    await fill("key");
    state.nowMs = 1999;
    expect(await hits("key")).toBe(true);
    state.nowMs = 2000;
    expect([await hits("key"), await hits("key")]).toEqual([false, true]);
  });

  it("asks the store for a name that it was not asked for before", async () => {
    const { fill, hits } = world();
    await fill("key");
    expect(await hits("key", ["tickets", "other"])).toBe(false);
    expect(await hits("key", ["other"])).toBe(true);
  });

  it("drops what hangs on a name or on a key that changed, and nothing else", async () => {
    const { fill, hits, drop, near } = world();
    await fill("one");
    await fill("two");
    drop("two", "unknown");
    expect([near.held("one"), near.held("two")]).toEqual([expect.anything(), undefined]);
    drop("tickets");
    expect([await hits("one"), await hits("two")]).toEqual([false, false]);
  });

  it("drops everything, when it is not known what changed", async () => {
    const { fill, clear, near, hits } = world();
    await fill("key");
    clear();
    expect(near.held("key")).toBeUndefined();
    expect(await hits("key")).toBe(false);
  });

  it.each<[string, (at: ReturnType<typeof world>) => unknown]>([
    ["a name changed", ({ drop }) => drop("tickets")],
    ["it is not known what changed", ({ clear }) => clear()],
    ["this process bumped", ({ near }) => near.bump(["tickets"], "hard")],
    ["this process marked", ({ near }) => near.mark({ writer: "w", names: ["tickets"], forMs: 1 })],
    ["this process wrote", ({ near }) => near.write("key", storedResponse(), LONG_MS)],
    ["this process removed", ({ near }) => near.remove("key")],
  ])("does not hold a reading that was begun before %s", async (_, change) => {
    const at = world();
    await at.near.write("key", storedResponse({ generations: [] }), LONG_MS);
    const { promise, resolve } = gate();
    at.inner.gate = promise;
    const reading = at.near.read("key", ["tickets"]);
    await settle();
    await change(at);
    resolve();
    expect((await reading).variants).toHaveLength(1);
    expect(at.near.held("key")).toBeUndefined();
  });

  it.each(["bump", "mark"] as const)(
    "drops what was read between the beginning of a %s and its end",
    async (verb) => {
      const { near, inner, fill } = world();
      await fill("key");
      const { promise, resolve } = gate();
      const original = inner[verb].bind(inner) as (...args: unknown[]) => Promise<void>;
      Object.assign(inner, {
        [verb]: async (...args: unknown[]) => {
          await promise;
          await original(...args);
        },
      });
      const change =
        verb === "bump"
          ? near.bump(["tickets"], "soft")
          : near.mark({ writer: "w", names: ["tickets"], forMs: 1000 });
      await near.read("key", ["tickets"]);
      expect(near.held("key")).toBeDefined();
      resolve();
      await change;
      expect(near.held("key")).toBeUndefined();
    },
  );

  it("never holds what this process changed, though the store was not reached", async () => {
    const { near, inner, fill } = world();
    for (const change of [
      () => near.bump(["tickets"], "hard"),
      () => near.write("key", storedResponse(), LONG_MS),
      () => near.remove("key"),
    ]) {
      await fill("key");
      inner.failing = true;
      await expect(change()).rejects.toThrow(StoreFault);
      expect(near.held("key")).toBeUndefined();
      inner.failing = false;
    }
  });

  it("holds no reading with a write under way, and drops what a reading finds gone", async () => {
    const { near, inner, fill, hits, state } = world();
    await fill("key");
    await inner.mark({ writer: "w", names: ["tickets"], forMs: 1000 });
    state.nowMs = 3000;
    await hits("key");
    expect(near.held("key")).toBeUndefined();
    await inner.unmark({ writer: "w", names: ["tickets"] });
    await near.read("key", ["tickets"]);
    await inner.remove("key");
    state.nowMs = 6000;
    await near.read("key", ["tickets"]);
    expect(near.held("key")).toBeUndefined();
  });

  it("stays within its bytes, and gives none more than an eighth", async () => {
    const { near, fill } = world(80_000);
    for (let index = 0; index < 20; index += 1) await fill(`k${index}`, 4000);
    const held = Array.from({ length: 20 }, (_, index) => near.held(`k${index}`)).filter(Boolean);
    expect(held.length).toBeGreaterThan(4);
    expect(held.length).toBeLessThan(10);
    expect(near.held("k19")).toBeDefined();
    await fill("large", 5500);
    expect(near.held("large")).toBeUndefined();
  });

  it("replaces an entry by one that is too large with none at all", async () => {
    const { near, inner, fill, state, drop } = world(80_000);
    await fill("key", 100);
    await inner.write("key", storedResponse({ body: new Uint8Array(20_000) }), LONG_MS);
    state.nowMs = 3000;
    await near.read("key", ["tickets"]);
    expect(near.held("key")).toBeUndefined();
    drop("tickets");
  });

  it("generations() answers from memory under the same terms, pending ones apart", async () => {
    const { near, inner, state, drop } = world();
    const before = await near.generations(["a", "b"]);
    await inner.bump(["a"], "hard");
    expect(await near.generations(["b", "a"])).toEqual(before.toReversed());
    drop("a");
    expect(await near.generations(["a"])).not.toEqual(before.slice(0, 1));
    await inner.bump(["b"], "hard");
    state.current = false;
    expect(await near.generations(["b"])).not.toEqual(before.slice(1));
    state.current = true;
    await inner.mark({ writer: "w", names: ["c"], forMs: 1000 });
    expect((await near.generations(["c"]))[0]?.pending).toBe(true);
    await inner.unmark({ writer: "w", names: ["c"] });
    expect((await near.generations(["c"]))[0]?.pending).toBe(false);
  });

  it("generations() holds nothing that was asked for before a change was told of", async () => {
    const { near, inner, drop } = world();
    const { promise, resolve } = gate();
    const original = inner.generations.bind(inner);
    inner.generations = async (names) => {
      const generations = await original(names);
      await promise;
      return generations;
    };
    const asking = near.generations(["a"]);
    await settle();
    await inner.bump(["a"], "hard");
    drop("a");
    resolve();
    const before = await asking;
    expect(await near.generations(["a"])).not.toEqual(before);
  });

  it("glance() says of a reading from memory whether it would come again, and of another no", async () => {
    const { near, fill, state, drop } = world();
    await fill("key");
    const fresh = async (): Promise<CacheReading> => near.read("key", ["tickets"]);
    const reading = await fresh();
    const isCurrent = (one: CacheReading): boolean => near.glance()(one);
    expect([isCurrent(reading), isCurrent({ ...reading })]).toEqual([true, false]);
    state.current = false;
    expect(isCurrent(reading)).toBe(false);
    state.current = true;
    drop("tickets");
    expect(isCurrent(reading)).toBe(false);
    await fresh();
    expect(isCurrent(reading)).toBe(false);
    const later = await fresh();
    state.nowMs = 2000;
    expect(isCurrent(later)).toBe(false);
  });

  it("confirm() makes an entry as good as new that the store confirms, and none that a report has passed by", async () => {
    const { near, inner, fill, hits, state, drop } = world();
    await fill("key");
    const reading = await near.read("key", ["tickets"]);
    const asked: CacheReading[] = [];
    let meanwhile: (() => void) | undefined;
    inner.confirm = async (one) => {
      asked.push(one);
      meanwhile?.();
      return true;
    };
    state.nowMs = 2000;
    expect(near.glance()(reading)).toBe(false);
    expect(await near.confirm(reading)).toBe(true);
    expect(near.glance()(reading)).toBe(true);
    expect([asked.length, await hits("key")]).toEqual([1, true]);
    state.nowMs = 4000;
    meanwhile = () => drop("other");
    await near.confirm(reading);
    expect(near.glance()(reading)).toBe(false);
    const others = { variants: [], generations: [] };
    await near.confirm(others);
    expect(asked.at(-1)).toBe(others);
  });

  it("asks again after the span that it is given", async () => {
    const { inner, coherence, state } = world();
    const monotonic = (): number => state.nowMs;
    const near = createNearCache({
      inner,
      coherence,
      maxBytes: 1e6,
      monotonic,
      residenceMs: 60_000,
    });
    await near.write("key", storedResponse({ generations: [] }), LONG_MS);
    const reads = [0, 59_999, 60_000].map((nowMs) => async () => {
      state.nowMs = nowMs;
      await near.read("key", []);
      return inner.reads;
    });
    const seen: number[] = [];
    for (const read of reads) seen.push(await read());
    expect(seen).toEqual([1, 1, 2]);
  });

  it("close() ends its coherence and holds nothing any more", async () => {
    const { near, fill, state } = world();
    await fill("key");
    await near.close();
    expect([state.closed, near.held("key")]).toEqual([true, undefined]);
  });
});
