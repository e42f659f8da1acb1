import { describe, expect, it } from "vitest";
import { assign, claim } from "../../src/schedule/assigned.ts";
import { numberIn, setNumber } from "../../src/schedule/book.ts";
import {
  admit,
  checkMemory,
  dropDead,
  dropProcess,
  reconcile,
  recovering,
} from "../../src/schedule/membership.ts";
import { setProbe } from "../../src/schedule/pauses.ts";
import { join } from "../../src/schedule/queue.ts";
import { standings } from "../../src/schedule/windows.ts";
import { bookAt, joining, later } from "../support/book.ts";

const HELLO = { waiting: [], departed: [], peers: [] };
const silent = { joins: [], leaves: [], ended: [], returned: [] };

/** Whether everybody has to be heard of in a turn so long after another. */
function hearsAll(afterMs: number, apart: boolean): boolean {
  const book = bookAt(1_000_000, { apart });
  checkMemory(book, "m");
  setNumber(book, "state", { field: "recoverUntil", to: 0 });
  const next = later(book, 1_000_000 + 1000 * afterMs);
  checkMemory(next, "m");
  return recovering(next) > 0;
}

describe("admit()", () => {
  it("wants everything of a stranger, and takes no report twice", () => {
    const book = bookAt(0);
    expect(admit(book, { process: "p", sequence: 1, ...silent })).toBe("unknown");
    expect(admit(book, { process: "p", sequence: 2, ...silent, everything: HELLO })).toBe("known");
    expect(admit(book, { process: "p", sequence: 2, ...silent })).toBe("late");
    expect(admit(book, { process: "p", sequence: 3, ...silent })).toBe("known");
  });

  it("wants everything of everybody once after memory was lost", () => {
    const book = bookAt(0);
    admit(book, { process: "p", sequence: 1, ...silent, everything: HELLO });
    checkMemory(book, "new");
    expect(admit(book, { process: "p", sequence: 2, ...silent })).toBe("unknown");
    reconcile(book, "p", HELLO);
    expect(admit(book, { process: "p", sequence: 2, ...silent })).toBe("known");
  });
});

describe("recovering()", () => {
  it("lasts a lease where all come back, a window where one does not", () => {
    const book = bookAt(0);
    checkMemory(book, "new");
    reconcile(book, "p1", { ...HELLO, peers: ["p1", "p2"] });
    expect(recovering(later(book, 1_999_999))).toBe(2_000_000);
    expect(recovering(later(book, 2_000_000))).toBe(6_200_000);
    reconcile(book, "p2", HELLO);
    expect(recovering(later(book, 2_000_001))).toBe(0);
  });
});

describe("checkMemory()", () => {
  it("takes a store at which nobody has turned for about a span for one that was away", () => {
    expect([4200, 4201].map((ms) => hearsAll(ms, true))).toEqual([false, true]);
  });

  it("takes silence for idleness where nobody goes by a part of their own", () => {
    expect(hearsAll(600_000, false)).toBe(false);
  });
});

describe("dropDead()", () => {
  it("lets go of a dead process's tickets and unclaimed units; what it took stays spent", () => {
    const book = bookAt(0);
    admit(book, { process: "p", sequence: 1, ...silent, everything: HELLO });
    for (const ticket of ["t1", "t2", "t3"]) join(book, "p", joining(ticket));
    assign(book, "a", "paced");
    claim(book, "p");
    assign(book, "a", "paced");
    dropDead(later(book, 2_000_000));
    expect(numberIn(book, "state", "waiting")).toBe(0);
    expect(standings(book)[0]?.used).toBe(1);
    expect(book.tables.size("underWay")).toBe(0);
  });

  it("lets another probe go where the probe was never heard of again", () => {
    const book = bookAt(0);
    join(book, "p", joining("t"));
    assign(book, "a", "paced");
    claim(book, "p");
    setProbe(book, "t");
    dropDead(later(book, 30_000_000));
    expect(book.tables.read("state", "probe")).toBe("");
  });
});

describe("dropProcess()", () => {
  it("frees the probe that died with it", () => {
    const book = bookAt(0);
    join(book, "p", joining("t"));
    assign(book, "a", "paced");
    claim(book, "p");
    setProbe(book, "t");
    dropProcess(book, "p");
    expect(book.tables.read("state", "probe")).toBe("");
  });
});

describe("reconcile()", () => {
  it("counts what left, frees what did not, and keeps what waits", () => {
    const book = bookAt(10_000_000);
    for (const ticket of ["t1", "t2", "t3", "t4"]) join(book, "p", joining(ticket));
    assign(book, "a", "paced");
    assign(book, "a", "paced");
    claim(book, "p");
    const departed = [
      { ticket: "t1", consumer: "a", cost: 1, agoMs: 5, underWay: true },
      { ticket: "t0", consumer: "a", cost: 1, agoMs: 900, underWay: false },
    ];
    reconcile(book, "p", { waiting: [joining("t3"), joining("t5")], departed, peers: [] });
    expect(standings(book)[0]).toEqual({ quota: "test", used: 2, resetInMs: 5300 });
    expect(book.tables.first("underWay", 9).map(({ member }) => member)).toEqual(["t1"]);
    expect(book.tables.first("lane:a", 9).map(({ member }) => member)).toEqual(["t3", "t5"]);
  });
});
