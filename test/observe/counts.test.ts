import { describe, expect, it } from "vitest";
import { accessRecord, newNotes, type AccessRecord } from "../../src/observe/access-record.ts";
import { Counts } from "../../src/observe/counts.ts";

const ENDING = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;

function record(changes: Partial<AccessRecord> = {}): AccessRecord {
  return { ...accessRecord(newNotes("r", "GET"), ENDING), consumer: "a", ...changes };
}

describe("Counts", () => {
  it.each([
    ["an answer from store", { cache: "hit" }, { fromStore: 1 }],
    ["a stale answer at once", { cache: "hit", stale: "paused" }, { fromStore: 1, stale: 1 }],
    ["one instead of a failure", { cache: "stale", stale: "slow" }, { fromStore: 1, stale: 1 }],
    ["a revalidation", { cache: "stale", forwards: 1 }, { fromStore: 0, stale: 0, forwarded: 1 }],
    ["a forward", { forwards: 1 }, { forwarded: 1 }],
    ["a follower", { collapsed: true }, { collapsed: 1 }],
    ["a retry after a 429", { forwards: 2, throttled: 1 }, { forwarded: 2, throttled: 1 }],
    ["our own 429", { problem: "queue-full", status: 429 }, { refused: 1 }],
    ["our own 503", { problem: "draining", status: 503 }, { refused: 1 }],
    ["the upstream's 429 passed on", { status: 429 }, { refused: 0 }],
    ["an upstream out of reach", { problem: "upstream-unreachable", status: 502 }, { failed: 1 }],
    ["an upstream too slow", { problem: "upstream-timeout", status: 504 }, { failed: 1 }],
    ["a failure of our own", { problem: "internal", status: 500 }, { failed: 1 }],
    ["a stranger", { problem: "unknown-consumer", status: 401 }, { failed: 0, refused: 1 }],
    ["the upstream's own 502", { status: 502 }, { failed: 0 }],
    ["a body that broke off", { end: "broken-off" }, { failed: 1 }],
    ["a client that left", { end: "client-left" }, { clientsLeft: 1, failed: 0 }],
  ] as const)("counts %s", (_what, changes, counted) => {
    const counts = new Counts();
    counts.add(record(changes));
    expect(counts.total).toMatchObject({ asked: 1, ...counted });
    expect(counts.consumers).toEqual({ a: counts.total });
  });

  it("keeps consumers apart, and counts the unknown in the total alone", () => {
    const counts = new Counts();
    counts.add(record());
    counts.add(record({ consumer: "b", cache: "hit" }));
    counts.add(record({ consumer: undefined }));
    expect(counts.total).toMatchObject({ asked: 3, fromStore: 1 });
    expect(Object.keys(counts.consumers)).toEqual(["a", "b"]);
    expect(counts.consumers).toMatchObject({
      a: { asked: 1, fromStore: 0 },
      b: { asked: 1, fromStore: 1 },
    });
  });

  it("counts what the background sent on account of who caused it, without an exchange", () => {
    const counts = new Counts();
    counts.addBackground({ consumer: "a", forwards: 2, throttled: 1 });
    const cost = { asked: 0, fromStore: 0, forwarded: 2, throttled: 1 };
    expect(counts.total).toMatchObject(cost);
    expect(counts.consumers["a"]).toMatchObject(cost);
    counts.add(record({ forwards: 1 }));
    expect([counts.total.forwarded, counts.consumers["a"]?.forwarded]).toEqual([3, 3]);
  });
});
