import { describe, expect, it } from "vitest";
import {
  create,
  liveKeys,
  MOST_CONSUMERS,
  MOST_KEYS,
  patch,
  remove,
  reopen,
  rotate,
} from "../../src/operate/consumer-changes.ts";
import { storedConsumer } from "../support/memory-consumers.ts";
import type { ConsumerList, StoredConsumer } from "../../src/ports/consumers.ts";

const TERMS = { weight: 2, priority: 1, allow: [], mayForce: false };
const KEY = { digest: "f".repeat(64), now: 5000 };

function list(consumers: readonly StoredConsumer[], damaged: readonly string[] = []): ConsumerList {
  return { version: 1, gate: "closed", consumers, damaged };
}

function putBy(verdict: ReturnType<typeof create>): StoredConsumer {
  if ("change" in verdict && verdict.change.kind === "put") return verdict.change.consumer;
  throw new Error(`Nobody is put by ${JSON.stringify(verdict)}`);
}

describe("create()", () => {
  it("makes a consumer that is enabled, with one key that has no end", () => {
    expect(putBy(create(list([]), { name: "a", terms: TERMS }, KEY))).toEqual({
      name: "a",
      keys: [{ digest: KEY.digest }],
      enabled: true,
      ...TERMS,
      createdAt: 5000,
      changedAt: 5000,
    });
  });

  it("takes no name that somebody has, nor that of a damaged entry", () => {
    const all = list([storedConsumer("a")], ["b"]);
    for (const name of ["a", "b"]) {
      expect(create(all, { name, terms: TERMS }, KEY)).toEqual({ refused: "taken" });
    }
  });

  it("makes a thousand and no more, damaged entries counted", () => {
    const many = Array.from({ length: MOST_CONSUMERS - 1 }, (_, index) =>
      storedConsumer(`c${index}`),
    );
    const order = { name: "last", terms: TERMS };
    expect(create(list(many), order, KEY)).toHaveProperty("change");
    expect(create(list(many, ["x"]), order, KEY)).toEqual({ refused: "full" });
  });
});

describe("rotate()", () => {
  const before = storedConsumer("a", {
    keys: [
      { digest: "1".repeat(64) },
      { digest: "2".repeat(64), untilAt: 6000 },
      { digest: "3".repeat(64), untilAt: 5000 },
    ],
  });

  it("puts the new key first, ends the others after the overlap or earlier, and drops those that ended", () => {
    expect(putBy(rotate(list([before]), { name: "a", overlapMs: 3000 }, KEY))).toMatchObject({
      keys: [
        { digest: KEY.digest },
        { digest: "1".repeat(64), untilAt: 8000 },
        { digest: "2".repeat(64), untilAt: 6000 },
      ],
      changedAt: 5000,
      createdAt: 1000,
    });
  });

  it("ends every other key at once without an overlap", () => {
    const after = putBy(rotate(list([before]), { name: "a", overlapMs: 0 }, KEY));
    expect(after.keys).toEqual([{ digest: KEY.digest }]);
  });

  it("keeps a bounded number of keys, and cuts none short for it", () => {
    let consumer = storedConsumer("a");
    const order = { name: "a", overlapMs: 1000 };
    for (let count = 1; count < MOST_KEYS; count += 1) {
      consumer = putBy(rotate(list([consumer]), order, KEY));
    }
    expect(consumer.keys).toHaveLength(MOST_KEYS);
    expect(rotate(list([consumer]), order, KEY)).toEqual({ refused: "too-many-keys" });
    expect(rotate(list([consumer]), order, { ...KEY, now: 6000 })).toHaveProperty("change");
    expect(rotate(list([consumer]), { ...order, overlapMs: 0 }, KEY)).toHaveProperty("change");
  });

  it("knows nobody of another name", () => {
    const order = { name: "b", overlapMs: 0 };
    expect(rotate(list([before]), order, KEY)).toEqual({ refused: "unknown" });
  });
});

describe("patch()", () => {
  const before = storedConsumer("a", { weight: 4, maxWaitMs: 700, mayForce: true });

  it("changes what is named and nothing else", () => {
    const after = putBy(patch(list([before]), { name: "a", enabled: false, weight: 9 }, 5000));
    expect(after).toEqual({ ...before, enabled: false, weight: 9, changedAt: 5000 });
  });

  it("sets and takes away the bound on waiting", () => {
    const bound = putBy(patch(list([before]), { name: "a", maxWaitMs: 0 }, 5000));
    expect(bound.maxWaitMs).toBe(0);
    const unbound = putBy(patch(list([before]), { name: "a", maxWaitMs: null }, 5000));
    expect(unbound).not.toHaveProperty("maxWaitMs");
  });

  it("sets and takes away the cap, and keeps it where nothing is said of it", () => {
    const cap = { limit: 60, windowMs: 60_000 };
    const capped = putBy(patch(list([before]), { name: "a", cap }, 5000));
    expect(capped).toMatchObject({ cap, maxWaitMs: 700 });
    expect(putBy(patch(list([capped]), { name: "a", weight: 9 }, 6000)).cap).toEqual(cap);
    const free = putBy(patch(list([capped]), { name: "a", cap: null }, 6000));
    expect(free).not.toHaveProperty("cap");
  });

  it("knows nobody of another name", () => {
    expect(patch(list([before]), { name: "b", weight: 9 }, 5000)).toEqual({ refused: "unknown" });
  });
});

describe("remove()", () => {
  it("removes whoever is disabled or damaged, and nobody who may still ask", () => {
    const all = list([storedConsumer("on"), storedConsumer("off", { enabled: false })], ["broken"]);
    expect(remove(all, "on")).toEqual({ refused: "enabled" });
    expect(remove(all, "off")).toEqual({ change: { kind: "remove", name: "off" } });
    expect(remove(all, "broken")).toEqual({ change: { kind: "remove", name: "broken" } });
    expect(remove(all, "nobody")).toEqual({ refused: "unknown" });
  });
});

describe("reopen()", () => {
  it("opens where nobody is left", () => {
    expect(reopen(list([]))).toEqual({ change: { kind: "open" } });
    expect(reopen(list([storedConsumer("a", { enabled: false })]))).toEqual({
      refused: "occupied",
    });
    expect(reopen(list([], ["broken"]))).toEqual({ refused: "occupied" });
  });
});

describe("liveKeys()", () => {
  it("leaves out keys at their end", () => {
    const keys = [{ digest: "1" }, { digest: "2", untilAt: 11 }, { digest: "3", untilAt: 10 }];
    const live = liveKeys(storedConsumer("a", { keys }), 10);
    expect(live.map(({ digest }) => digest)).toEqual(["1", "2"]);
  });
});
