import { describe, expect, it } from "vitest";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createMemoryLessons, SharedLessons } from "../support/memory-lessons.ts";

describe("FollowedLessons", () => {
  it("goes on with what it knows while the store is away, and catches up when it is back", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const [reader, writer] = [createMemoryLessons(table, clock), createMemoryLessons(table, clock)];
    await writer.change("a", 0);
    await clock.advance(50);
    expect(reader.known.text).toBe("a");
    table.fault = new StoreFault("away");
    await clock.advance(500);
    expect(reader.known.text).toBe("a");
    await expect(reader.change("b", 1)).rejects.toThrow("away");
    table.fault = undefined;
    expect(await writer.change("b", 1)).toBe(true);
    await clock.advance(50);
    expect(reader.known).toEqual({ version: 2, text: "b" });
    await Promise.all([reader.close(), writer.close()]);
  });

  it("tells a store that has forgotten what it knows", async () => {
    const [table, clock] = [new SharedLessons(), new FakeClock()];
    const store = createMemoryLessons(table, clock);
    await store.change("a", 0);
    await store.change("b", 1);
    table.kept = { version: 0, text: "" };
    await clock.advance(50);
    expect(table.kept).toEqual({ version: 2, text: "b" });
    await store.close();
  });
});
