import { describe, expect, it } from "vitest";
import { damagedConsumer } from "../../src/adapters/followed-consumers.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  createMemoryConsumers,
  SharedConsumers,
  storedConsumer,
} from "../support/memory-consumers.ts";
import type { KeptConsumers } from "../../src/adapters/followed-consumers.ts";

const EMPTY: KeptConsumers = { version: 0, gate: "never", records: [] };
const put = (name: string) => ({ kind: "put", consumer: storedConsumer(name) }) as const;

describe("FollowedConsumers", () => {
  it("goes on with what it knows while the store is away, and catches up when it is back", async () => {
    const table = new SharedConsumers();
    const clock = new FakeClock();
    const [reader, writer] = [
      createMemoryConsumers(table, { clock }),
      createMemoryConsumers(table),
    ];
    await writer.change(put("a"), 0);
    await clock.advance(50);
    expect(reader.known.consumers).toHaveLength(1);
    await writer.change(put("b"), 1);
    table.fault = new StoreFault("away");
    await clock.advance(500);
    expect(reader.known.consumers).toHaveLength(1);
    table.fault = undefined;
    await clock.advance(50);
    expect(reader.known.consumers).toHaveLength(2);
    await Promise.all([reader.close(), writer.close()]);
  });

  it("gives a store that has forgotten its list back, and nobody hears of a loss", async () => {
    const table = new SharedConsumers();
    const clock = new FakeClock();
    const store = createMemoryConsumers(table, { clock });
    await store.change(put("a"), 0);
    await store.change(put("b"), 1);
    const before = table.kept;
    const told: number[] = [];
    store.onChanged(({ version }) => void told.push(version));
    table.kept = EMPTY;
    await clock.advance(50);
    expect(table.kept).toEqual(before);
    expect([store.known.consumers.length, told]).toEqual([2, []]);
    await store.close();
  });

  it("carries an order out on a store that has just forgotten, once it is mended", async () => {
    const table = new SharedConsumers();
    const store = createMemoryConsumers(table, { clock: new FakeClock() });
    await store.change(put("a"), 0);
    table.kept = EMPTY;
    expect((await store.list()).version).toBe(1);
    expect(await store.change(put("b"), 1)).toBe(true);
    expect(store.known.consumers.map(({ name }) => name)).toEqual(["a", "b"]);
    await store.close();
  });

  it("tells listeners of each new list until they are disposed of", async () => {
    const store = createMemoryConsumers();
    const told: number[] = [];
    const listening = store.onChanged(({ version }) => void told.push(version));
    await store.change(put("a"), 0);
    await store.list();
    listening[Symbol.dispose]();
    await store.change(put("b"), 1);
    expect(told).toEqual([1]);
    await store.close();
  });
});

describe("damagedConsumer()", () => {
  it("names the entry, whatever its name is", () => {
    const told: string[] = [];
    damagedConsumer((what) => void told.push(what))(`a\n${"b".repeat(100)}`);
    expect(told[0]).toContain(String.raw`"a\nbbb`);
    expect(told[0]?.length).toBeLessThan(140);
  });
});
