import { describe, expect, it } from "vitest";
import { StoreFault } from "../../src/ports/faults.ts";
import { Invalidation } from "../../src/store/invalidate.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";

async function generation(store: MemoryCacheStore, name: string): Promise<string | undefined> {
  return (await store.read("", [name])).generations[0];
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
