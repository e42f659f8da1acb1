import { describe, expect, it } from "vitest";
import { LedgerWorld, terms, worstWindow } from "../support/ledger-world.ts";
import { bookAt, joining, later } from "../support/book.ts";
import { policyOf } from "../support/policies.ts";
import { numberIn } from "../../src/schedule/book.ts";
import {
  blockedAt,
  callDue,
  fallAsleep,
  nextCall,
  standInRing,
  tagAt,
  unprobe,
} from "../../src/schedule/asleep.ts";
import { grant } from "../../src/schedule/grant.ts";
import { headOf, recordOf } from "../../src/schedule/lanes.ts";
import { passesOf } from "../../src/schedule/passes.ts";
import { setProbe } from "../../src/schedule/pauses.ts";
import { beginPause } from "../../src/schedule/pausing.ts";
import { dequeue, join } from "../../src/schedule/queue.ts";
import type { Book } from "../../src/schedule/book.ts";

const [r, s] = [policyOf("r", 2), policyOf("s", 2)];
const NOW = 10_000_000;
const SPAN = 2_100_000;

function first(book: Book, consumer: string) {
  const head = headOf(book, consumer);
  if (!head) throw new Error("nothing waits");
  return { ...head, ...recordOf(book, head) };
}

/** "a" has used the route up and asks for more of it. */
function full() {
  const book = bookAt(NOW);
  book.tables.place("processes", "p", NOW + 2_000_000);
  for (const ticket of ["t1", "t2", "t3"]) join(book, "p", joining(ticket, { policies: [r] }));
  grant(book);
  return book;
}

describe("fallAsleep()", () => {
  it("takes a consumer out of the ring where nothing else of it waits", () => {
    const book = full();
    expect(book.tables.score("asleep:r", "a")).toBe(2);
    expect(book.tables.size("ring")).toBe(0);
    expect(nextCall(book)).toBe(NOW + SPAN);
  });

  it("leaves its other work its turn", () => {
    const book = full();
    join(book, "p", joining("plain"));
    expect(book.tables.score("ring", "a")).toBeDefined();
    expect(first(book, "a").ticket).toBe("plain");
  });

  it("passes the policies that stand before the one that is waited for, unless that pauses", () => {
    const book = full();
    join(book, "p", joining("both", { consumer: "b", policies: [s, policyOf("q", 2)] }));
    fallAsleep(book, first(book, "b"), "s");
    expect(passesOf(book, "both")).toEqual(["q"]);
    join(book, "p", joining("held", { consumer: "c", policies: [s, policyOf("q", 2)] }));
    beginPause(book, { process: "p", ticket: "x", forMs: 500, policy: "s" });
    fallAsleep(book, first(book, "c"), "s");
    expect(passesOf(book, "held")).toEqual([]);
    expect(blockedAt(book, first(bookWithout(book), "c"))).toBe("s");
  });
});

/** The same ledger with nobody asleep at `s`. */
function bookWithout(book: Book): Book {
  for (const { member } of book.tables.first("asleep:s", 9))
    book.tables.displace("asleep:s", member);
  return book;
}

describe("blockedAt()", () => {
  it("lets nobody go by who stands behind one that is asleep", () => {
    const book = full();
    const then = later(book, NOW + SPAN + 1);
    join(then, "p", joining("b1", { consumer: "b", policies: [r] }));
    // "a" was served two units; "b" begins where the last one began.
    expect([tagAt(then, "r", "a"), tagAt(then, "r", "b")]).toEqual([2, 1]);
    expect(blockedAt(then, first(then, "b"))).toBeUndefined();
    book.tables.place("asleep:r", "a", 1);
    expect(blockedAt(then, first(then, "b"))).toBe("r");
  });
});

describe("callDue()", () => {
  it("calls the first of those asleep, one at a time, and it joins the ring where the others stand", () => {
    const book = full();
    join(book, "p", joining("b1", { consumer: "b", policies: [r] }));
    fallAsleep(book, first(book, "b"), "r");
    book.tables.write("state", "virtual", "7");
    const then = later(book, NOW + SPAN);
    callDue(then);
    expect(then.tables.read("policy:r", "called")).toBe("b");
    expect(then.tables.score("ring", "b")).toBe(7);
    expect(then.tables.score("ring", "a")).toBeUndefined();
    callDue(then);
    expect(then.tables.read("policy:r", "called")).toBe("b");
  });
});

describe("callDue() after a limit was lowered", () => {
  it("lets what costs more go alone, and those behind it after it", () => {
    const world = new LedgerWorld(terms());
    const lower = policyOf("r", 1);
    const costly = { policies: [r], cost: 2, weight: 4 };
    for (const consumer of ["a", "a"]) world.ask("p1", consumer, costly);
    world.run(1);
    for (const consumer of ["b", "b"]) world.ask("p2", consumer, { policies: [lower] });
    world.run(12_000);
    const left = world.departed.map(({ ticket, atMs }) => [ticket, Math.round(atMs - 1_000_000)]);
    expect(left).toEqual([
      ["t1", 0],
      ["t3", 2100],
      ["t2", 4200],
      ["t4", 6300],
    ]);
  });
});

describe("settle()", () => {
  it("wakes a consumer whose last ticket under a policy has left", () => {
    const book = full();
    dequeue(book, "t3");
    expect(book.tables.size("asleep:r")).toBe(0);
    expect(book.tables.size("sleepers")).toBe(0);
  });
});

describe("standInRing()", () => {
  it("brings no credit back that lapsed meanwhile", () => {
    const book = full();
    const credit = (): number => numberIn(book, "consumer:a", "credit");
    expect(credit()).toBeGreaterThan(0);
    book.tables.write("state", "lapsedAt", String(NOW + 1));
    book.tables.displace("asleep:r", "a");
    standInRing(book, "a");
    expect(credit()).toBe(0);
    expect(book.tables.score("creditRing", "a")).toBeUndefined();
  });
});

describe("unprobe()", () => {
  it("frees all that a ticket probed", () => {
    const book = full();
    setProbe(book, "t");
    setProbe(book, "t", "r");
    unprobe(book, "t");
    expect(book.tables.read("state", "probe")).toBe("");
    expect(book.tables.read("paused", "r")).toBe("");
    expect(book.tables.score("sleepers", "r")).toBe(NOW);
  });
});

describe("serveInner()", () => {
  it("keeps a policy's windows while the upstream's have room, and the rest goes on", () => {
    const world = new LedgerWorld(terms());
    for (let index = 0; index < 8; index += 1) world.ask("p1", "a", { policies: [r] });
    world.ask("p2", "a");
    world.ask("p2", "b");
    world.run(10_000);
    const inner = world.departed.slice(0, -2).map(({ atMs }) => atMs);
    expect(world.departed).toHaveLength(10);
    expect(worstWindow(inner, 2000)).toBeLessThanOrEqual(4);
    const plain = world.departed.filter(({ ticket }) => ticket === "t9" || ticket === "t10");
    expect(plain.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 0]);
  });
});
