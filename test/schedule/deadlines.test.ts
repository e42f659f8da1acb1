import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deadlines } from "../../src/schedule/deadlines.ts";
import { FakeClock } from "../support/fake-clock.ts";

function open() {
  const clock = new FakeClock();
  const waiting = new Set<string>();
  const due: string[] = [];
  const deadlines = new Deadlines({
    clock,
    waits: (ticket) => waiting.has(ticket),
    onDue(ticket) {
      waiting.delete(ticket);
      due.push(`${clock.monotonic()} ${ticket}`);
    },
  });
  const add = (ticket: string, at: number): void => {
    waiting.add(ticket);
    deadlines.add(ticket, at);
  };
  return { clock, waiting, due, deadlines, add };
}

describe("add()", () => {
  it("tells of each at its instant, in whatever order they came", async () => {
    const { clock, due, add } = open();
    for (const at of [30, 10, 20, 10]) add(`t${at}`, at);
    await clock.advance(40);
    expect(due).toEqual(["10 t10", "20 t20", "30 t30"]);
    add("late", 5);
    await clock.advance(1);
    expect(due.at(-1)).toBe("40 late");
  });

  it("tells of all who wait then, and of nobody else, at the instants of a plain list", async () => {
    const step = fc.record({
      afterMs: fc.nat(20),
      waitMs: fc.nat(60),
      leaves: fc.option(fc.nat(10)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { clock, waiting, due, add } = open();
        const endsAt = new Map<string, number>();
        for (const [index, { afterMs, waitMs, leaves }] of steps.entries()) {
          await clock.advance(afterMs);
          const now = clock.monotonic();
          add(`t${index}`, now + waitMs);
          endsAt.set(`t${index}`, now + waitMs);
          if (leaves !== null && waiting.delete(`t${leaves}`)) endsAt.delete(`t${leaves}`);
        }
        await clock.advance(1000);
        const expected = [...endsAt].map(([ticket, at]) => `${at} ${ticket}`);
        expect(due.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 30 },
    );
  });
});

describe("close()", () => {
  it("tells of nobody any more", async () => {
    const { clock, due, deadlines, add } = open();
    add("t", 10);
    deadlines.close();
    await clock.advance(20);
    expect(due).toEqual([]);
  });
});
