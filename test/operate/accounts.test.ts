import { describe, expect, it } from "vitest";
import { csvOf, jsonOf, reportOf } from "../../src/operate/accounts.ts";
import type { AccountCell, AccountQuery } from "../../src/ports/accounts.ts";
import type { AccountsQuery } from "../../src/operate/accounts-query.ts";

const AT = Date.parse("2026-11-24T20:00:00Z");
const MINUTE = 60_000;

const CELLS: Readonly<Record<string, readonly AccountCell[]>> = {
  api: [
    {
      at: AT + MINUTE,
      consumer: "sync",
      route: "GET /a",
      counts: { a: 2, u: 2, f: 2, w: 30, w1: 2 },
    },
    { at: AT, consumer: "sync", route: "unlisted", counts: { a: 1, "r.queue-full": 1 } },
    { at: AT, consumer: "portal", route: "GET /a", counts: { a: 9, h: 9 } },
  ],
  shop: [
    { at: AT, consumer: "portal", route: "/b,c", counts: { a: 1, u: 5, f: 1, w: 90_000, w11: 1 } },
  ],
};

function store(cells = CELLS) {
  const asked: AccountQuery[] = [];
  return {
    asked,
    async *read(query: AccountQuery) {
      asked.push(query);
      // As in parts.
      for (const cell of cells[query.upstream] ?? []) yield [cell];
    },
  };
}

async function report(changes: Partial<AccountsQuery> = {}, from = store()) {
  const query = {
    by: "consumer",
    span: "minute",
    from: AT,
    to: AT + 60 * MINUTE,
    ...changes,
  } as const;
  return reportOf(from, query, ["api", "shop"]);
}

const keyed = ({ rows }: Awaited<ReturnType<typeof report>>) =>
  rows.map(({ key, tally }) => [key, tally.asked, tally.units]);

describe("reportOf()", () => {
  it("adds up all upstreams by consumer, who spent most first", async () => {
    const from = store();
    const all = await report({}, from);
    expect(keyed(all)).toEqual([
      ["portal", 10, 5],
      ["sync", 3, 2],
    ]);
    expect(all.total).toMatchObject({
      asked: 13,
      units: 7,
      fromStore: 9,
      refused: { "queue-full": 1 },
    });
    const times = { span: "minute", from: AT, to: AT + 60 * MINUTE };
    expect(from.asked).toEqual([
      { upstream: "api", ...times },
      { upstream: "shop", ...times },
    ]);
  });

  it("adds up by route, by upstream, and by minute in their order", async () => {
    expect(keyed(await report({ by: "route" }))).toEqual([
      ["/b,c", 1, 5],
      ["GET /a", 11, 2],
      ["unlisted", 1, 0],
    ]);
    expect(keyed(await report({ by: "upstream" }))).toEqual([
      ["shop", 1, 5],
      ["api", 12, 2],
    ]);
    expect(keyed(await report({ by: "minute" }))).toEqual([
      ["2026-11-24T20:00:00.000Z", 11, 5],
      ["2026-11-24T20:01:00.000Z", 2, 2],
    ]);
  });

  it("keeps to one upstream, consumer or route", async () => {
    expect(keyed(await report({ upstream: "shop" }))).toEqual([["portal", 1, 5]]);
    expect(keyed(await report({ by: "route", consumer: "sync" }))).toEqual([
      ["GET /a", 2, 2],
      ["unlisted", 1, 0],
    ]);
    expect(keyed(await report({ route: "GET /a" }))).toEqual([
      ["sync", 2, 2],
      ["portal", 9, 0],
    ]);
  });

  it("has a thousand names at most, and the rest as other, last", async () => {
    const cells = Array.from({ length: 1100 }, (_, index) => ({
      at: AT,
      consumer: index === 0 ? "other" : `c${index}`,
      route: "r",
      counts: { a: 1, u: 2000 - index },
    }));
    const { rows, total } = await report({}, store({ api: cells }));
    expect(rows).toHaveLength(1000);
    expect(rows[0]?.key).toBe("c1");
    expect(rows.at(-1)).toMatchObject({ key: "other", tally: { asked: 101 } });
    expect(total.asked).toBe(1100);
  });

  it("has no rows of nothing", async () => {
    const { rows, total } = await report({}, store({}));
    expect([rows, total.asked]).toEqual([[], 0]);
  });
});

describe("jsonOf()", () => {
  it("says what was read, how finely, and each row under its name", async () => {
    expect(jsonOf(await report({ upstream: "api", by: "route" }))).toMatchObject({
      from: "2026-11-24T20:00:00.000Z",
      to: "2026-11-24T21:00:00.000Z",
      by: "route",
      resolution: "minute",
      upstream: "api",
      rows: [
        { route: "GET /a", asked: 11, waited: { count: 2, totalMs: 30 } },
        { route: "unlisted", refused: { "queue-full": 1 } },
      ],
      total: { asked: 12 },
    });
  });
});

describe("csvOf()", () => {
  it("has a header and one line a row, every one as long, with quotes where they must be", async () => {
    const lines = csvOf(await report({ by: "route" })).split("\r\n");
    expect(lines).toHaveLength(5);
    const [header = "", ...rows] = lines;
    const columns = header.split(",");
    expect(columns.slice(0, 12)).toEqual([
      "route",
      "asked",
      "from_store",
      "stale",
      "collapsed",
      "forwarded",
      "units",
      "borrowed",
      "throttled",
      "failed",
      "clients_left",
      "refused",
    ]);
    expect(rows[0]).toMatch(/^"\/b,c",1,0,0,0,1,5,/);
    expect(rows[0]).toMatch(/,1,90000(?:,0){11},1$/);
    const cells = (rows[2] ?? "").split(",");
    expect(cells).toHaveLength(columns.length);
    const value = (name: string) => cells[columns.indexOf(name)];
    expect([value("route"), value("refused"), value("refused_queue_full")]).toEqual([
      "unlisted",
      "1",
      "1",
    ]);
    const second = (rows[1] ?? "").split(",");
    expect(second[columns.indexOf("waited_up_to_50_ms")]).toBe("2");
  });
});
