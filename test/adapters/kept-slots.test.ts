import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeptSlots } from "../../src/adapters/kept-slots.ts";

let now = 0;
const ended: string[] = [];

function slot(name: string, takenAt = now) {
  return { name, takenAt, end: () => ended.push(name) };
}

function monotonic(): number {
  return now;
}

function kept(keepMs = 20) {
  return new KeptSlots<ReturnType<typeof slot>>({ keepMs, oldMs: 1000, monotonic });
}

/** Moves the clock and the timers on together. */
function pass(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

beforeEach(() => {
  vi.useFakeTimers();
  ended.length = 0;
  now = 0;
});
afterEach(() => vi.useRealTimers());

describe("take()", () => {
  it("brings what was given back last, and nothing where nothing is kept", () => {
    const slots = kept();
    slots.keep(slot("a"));
    slots.keep(slot("b"));
    expect([slots.take()?.name, slots.take()?.name, slots.take()]).toEqual(["b", "a", undefined]);
    pass(100);
    expect(ended).toEqual([]);
  });

  it("ends what has grown too old meanwhile", () => {
    const slots = kept(5000);
    slots.keep(slot("old"));
    pass(1000);
    slots.keep(slot("young"));
    expect([slots.take()?.name, slots.take()]).toEqual(["young", undefined]);
    expect(ended).toEqual(["old"]);
  });
});

describe("keep()", () => {
  it("ends what nobody wanted for its time, and not before", () => {
    const slots = kept();
    slots.keep(slot("a"));
    pass(15);
    slots.keep(slot("b"));
    pass(5);
    expect(ended).toEqual(["a"]);
    pass(14);
    expect(ended).toEqual(["a"]);
    pass(1);
    expect(ended).toEqual(["a", "b"]);
  });

  it("ends at once what is too old to be of use", () => {
    const slots = kept();
    now = 1000;
    slots.keep(slot("a", 0));
    expect(ended).toEqual(["a"]);
  });
});

describe("clear()", () => {
  it("ends all", () => {
    const slots = kept();
    slots.keep(slot("a"));
    slots.keep(slot("b"));
    slots.clear();
    expect([ended, slots.take()]).toEqual([["a", "b"], undefined]);
  });
});
