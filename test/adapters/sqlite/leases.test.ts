import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createSqliteLeases } from "../../../src/adapters/sqlite/leases.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const never = new AbortController().signal;

/** Leases of two processes, on one clock in the test's hand. */
function world() {
  const database = new DatabaseSync(":memory:");
  const clock = new FakeClock();
  const state = { bootedAtMs: 0 };
  const machine = { micros: () => (clock.monotonic() + state.bootedAtMs) * 1000 };
  const open = () => createSqliteLeases({ database, machine, clock });
  return { database, clock, state, a: open(), b: open() };
}

describe("createSqliteLeases()", () => {
  it("runs out after two seconds without its process, and not with it", async () => {
    const { a, b, clock, database } = world();
    await a.take("key");
    await clock.advance(10_000);
    expect(await b.take("key")).toBeUndefined();
    database.exec("UPDATE leases SET owner = 'gone'");
    // The last prolongation was after 9600 ms.
    await clock.advance(1599);
    expect(await b.take("key")).toBeUndefined();
    await clock.advance(1);
    expect(await b.take("key")).toBeDefined();
  });

  it("ended() sees an end within 20 ms, and that the lease has changed hands", async () => {
    const { a, b, clock, database } = world();
    const lease = await a.take("key");
    const first = b.ended("key", never);
    await lease?.end("alone");
    await clock.advance(20);
    expect(await first).toBe("alone");
    expect(await b.ended("key", never)).toBe("alone");
    await a.take("key");
    const second = b.ended("key", never);
    database.exec("UPDATE leases SET owner = 'another'");
    await clock.advance(20);
    expect(await second).toBe("lost");
  });

  it("takes a lease from before a reboot for none, and clears such rows away", async () => {
    const { a, b, clock, state, database } = world();
    state.bootedAtMs = 1_000_000;
    await a.take("key");
    await a.take("other");
    state.bootedAtMs = -clock.monotonic();
    expect(await b.take("key")).toBeDefined();
    expect(database.prepare("SELECT count(*) AS n FROM leases").get()?.["n"]).toBe(1);
  });

  it("looks at nothing while nobody waits", async () => {
    const { b, clock, database } = world();
    b.onTaken("key", () => {})[Symbol.dispose]();
    await clock.advance(100);
    database.close();
    await clock.advance(1000);
    expect(await b.ended("key", never)).toBe("lost");
  });
});
