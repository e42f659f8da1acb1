import { describe, expect, it } from "vitest";
import { MINUTES, MinuteBook } from "../../../src/operate/dashboard/minutes.ts";
import type { AccountCell, AccountQuery } from "../../../src/ports/accounts.ts";

const START = Date.parse("2026-11-25T09:00:00Z");

function accounts() {
  const cells: AccountCell[] = [];
  const asked: AccountQuery[] = [];
  async function* read(query: AccountQuery): AsyncGenerator<readonly AccountCell[]> {
    asked.push(query);
    yield cells.filter(({ at }) => at >= query.from && at < query.to);
  }
  const add = (minute: number, units: number, [consumer, route] = ["a", "GET /x"]): void => {
    cells.push({ at: START + minute * 60_000, consumer, route, counts: { a: 1, u: units } });
  };
  return { read, asked, add, book: new MinuteBook({ read }, "api") };
}

describe("read()", () => {
  it("adds up a quarter of an hour by minute, consumer and route, and nothing older", async () => {
    const { book, add } = accounts();
    add(0, 100);
    add(1, 5);
    add(15, 2, ["b", "GET /y"]);
    add(15, 1, ["b", "GET /x"]);
    const { minutes, sums, recent } = await book.read(START + 15 * 60_000 + 1);
    expect(minutes).toHaveLength(MINUTES);
    expect(minutes[0]).toEqual({ at: START + 60_000, counts: { a: 1, u: 5 } });
    expect(minutes.at(-1)?.counts).toEqual({ a: 2, u: 3 });
    expect(sums.total).toEqual({ a: 3, u: 8 });
    expect(sums.consumers.get("b")).toEqual({ a: 2, u: 3 });
    expect(sums.routes.get("GET /x")).toEqual({ a: 2, u: 6 });
    expect(recent).toEqual({ a: 2, u: 3 });
  });

  it("reads minutes that are over once, and sees what others add to the last two", async () => {
    const { book, add, asked } = accounts();
    add(10, 1);
    await book.read(START + 20 * 60_000);
    add(19, 7);
    const { sums } = await book.read(START + 20 * 60_000 + 1000);
    expect(sums.total["u"]).toBe(8);
    expect(asked.map(({ from }) => (from - START) / 60_000)).toEqual([6, 19]);
  });

  it("lets a minute go when it is too old, and takes those up that passed while nobody looked", async () => {
    const { book, add } = accounts();
    add(10, 1);
    await book.read(START + 20 * 60_000);
    add(22, 4);
    expect((await book.read(START + 24 * 60_000)).sums.total["u"]).toBe(5);
    expect((await book.read(START + 25 * 60_000)).sums.total["u"]).toBe(4);
  });
});
