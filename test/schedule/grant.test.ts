import { describe, expect, it } from "vitest";
import { claim } from "../../src/schedule/assigned.ts";
import { grant } from "../../src/schedule/grant.ts";
import { beginPause } from "../../src/schedule/pausing.ts";
import { join, setCredit, setStart } from "../../src/schedule/queue.ts";
import { bookAt, joining, later } from "../support/book.ts";
import type { Book } from "../../src/schedule/book.ts";

function served(book: Book): string[] {
  grant(book);
  return claim(book, "p");
}

function line(book: Book, consumer: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    join(book, "p", joining(`${consumer}${String(index).padStart(3, "0")}`, { consumer }));
  }
}

describe("grant()", () => {
  it("takes turns between equals", () => {
    const book = bookAt(10_000_000);
    line(book, "a", 30);
    line(book, "b", 30);
    const names = served(book).map((ticket) => ticket[0]);
    expect(names.filter((name) => name === "a")).toHaveLength(10);
  });

  it("waits for the pace where nobody has credit", () => {
    const book = bookAt(10_000_000);
    line(book, "a", 5);
    setCredit(book, "a", 0);
    expect(served(book)).toHaveLength(3);
    expect(grant(book).wake).toBeGreaterThan(book.now);
    expect(served(later(book, grant(book).wake))).toHaveLength(1);
  });

  it("lets one with credit go by another that must wait for the pace", () => {
    const book = bookAt(10_000_000);
    line(book, "a", 5);
    setCredit(book, "a", 0);
    served(book);
    line(book, "b", 2);
    setStart(book, "b", 50);
    expect(served(book)).toEqual(["b000", "b001"]);
  });

  it("lets units gather for a costly head", () => {
    const book = bookAt(10_000_000);
    line(book, "a", 15);
    served(book);
    join(book, "p", joining("big", { consumer: "big", cost: 8 }));
    line(book, "c", 1);
    expect(served(later(book, 10_000_001))).toEqual([]);
    const due = later(book, 11_000_000);
    expect(served(due)).toEqual([]);
    expect(grant(due).wake).toBe(10_000_000 + 6_200_000);
  });

  it("lets credit lapse where the windows are full, so that the next window is paced", () => {
    const book = bookAt(10_000_000);
    line(book, "a", 15);
    line(book, "b", 15);
    expect(served(book)).toHaveLength(20);
    setCredit(book, "b", 5);
    expect(served(later(book, 10_500_000))).toEqual([]);
    expect(book.tables.size("creditRing")).toBe(0);
    expect(served(later(book, 16_300_000))).toHaveLength(3);
  });

  it("serves nobody while a pause holds, then one", () => {
    const book = bookAt(10_000_000);
    line(book, "a", 5);
    beginPause(book, { process: "p", ticket: "none", forMs: 100 });
    expect(served(book)).toEqual([]);
    expect(grant(book).wake).toBe(10_100_000);
    expect(served(later(book, 10_100_000))).toEqual(["a000"]);
    expect(served(later(book, 10_100_000))).toEqual([]);
  });

  it("stops at the concurrency", () => {
    const book = bookAt(10_000_000, { concurrency: 3 });
    line(book, "a", 5);
    expect(served(book)).toHaveLength(3);
  });
});
