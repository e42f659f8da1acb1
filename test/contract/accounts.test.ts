import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRedisWays, type RedisWay } from "../support/redis-ways.ts";
import type { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createRedisAccounts } from "../../src/adapters/redis/accounts.ts";
import { createSqliteAccounts } from "../../src/adapters/sqlite/accounts.ts";
import { openDatabase } from "../../src/adapters/sqlite/open.ts";
import { MOST_CELLS, MOST_CONSUMERS } from "../../src/observe/account-buckets.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { MemoryAccounts } from "../support/memory-accounts.ts";
import type {
  AccountBatch,
  AccountCell,
  AccountCounts,
  Accounts,
  AccountQuery,
} from "../../src/ports/accounts.ts";

/** What the suite needs of an adapter: accounts that share their contents, as processes do. */
interface Provider {
  readonly name: string;
  open(): Accounts;
  openUnreachable(): Accounts;
  close(): void;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The beginning of an hour: Redis forgets by its own clock, so the suite lives now. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR;
const clock = { now: () => NOW };

const WAYS = await openRedisWays(inject("redisUrl"), inject("redisClusterUrl"));
afterAll(() => WAYS.forEach((way) => way.close()));

function redisProvider(way: RedisWay): Provider {
  const prefix = `test-${randomUUID()}`;
  return {
    name: way.name,
    open: () => createRedisAccounts({ redis: way.connect(), prefix, clock }),
    openUnreachable: () => createRedisAccounts({ redis: way.connectToNobody(), prefix, clock }),
    close() {},
  };
}

function sqliteProvider(): Provider {
  const folder = mkdtempSync(join(tmpdir(), "sluice-accounts-"));
  const databases: DatabaseSync[] = [];
  const open = () => {
    const database = openDatabase(join(folder, "accounts.db"), { busyMs: 1000 });
    databases.push(database);
    return { database, accounts: createSqliteAccounts({ database, clock }) };
  };
  return {
    name: "sqlite",
    open: () => open().accounts,
    openUnreachable() {
      const { database, accounts } = open();
      database.close();
      return accounts;
    },
    close() {
      for (const database of databases) if (database.isOpen) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function memoryProvider(): Provider {
  const shared = new MemoryAccounts(() => NOW);
  return {
    name: "memory",
    open: () => shared,
    openUnreachable() {
      const accounts = new MemoryAccounts(() => NOW);
      accounts.failing = "before";
      return accounts;
    },
    close() {},
  };
}

function cell(changes: Partial<AccountCell> = {}): AccountCell {
  return { at: NOW, consumer: "sync", route: "GET /ticket/:id", counts: { a: 1 }, ...changes };
}

/** Batches of one process, numbered as it numbers them. */
function writer(accounts: Accounts, upstream: string) {
  const process = randomUUID();
  let sequence = 0;
  const next = (cells: readonly AccountCell[]): AccountBatch => {
    sequence += 1;
    return { upstream, process, sequence, cells };
  };
  return { next, add: (...cells: AccountCell[]) => accounts.add(next(cells)) };
}

async function read(
  accounts: Accounts,
  upstream: string,
  { span = "minute", from = NOW - 40 * DAY, to = NOW + HOUR }: Partial<AccountQuery> = {},
): Promise<Map<string, AccountCounts>> {
  const found = new Map<string, AccountCounts>();
  // A row for each minute of forty days would be much to ask for; a day reaches where minutes do.
  const first = span === "minute" ? Math.max(from, NOW - 3 * DAY) : from;
  for await (const cells of accounts.read({ upstream, span, from: first, to })) {
    for (const { at, consumer, route, counts } of cells) {
      found.set(`${(at - NOW) / MINUTE} ${consumer} ${route}`, counts);
    }
  }
  return found;
}

describe.each([...WAYS.map(redisProvider), sqliteProvider(), memoryProvider()])(
  "accounts in $name",
  (provider) => {
    const accounts = provider.open();
    afterAll(() => provider.close());

    it("add() counts by consumer and route, in the minute and in its hour", async () => {
      const upstream = randomUUID();
      const { add } = writer(accounts, upstream);
      await add(cell({ counts: { a: 2, "r.queue-full": 1 } }), cell({ consumer: "portal" }));
      await add(cell({ at: NOW + MINUTE, counts: { a: 3, w11: 1 } }), cell({ route: "unlisted" }));
      expect(await read(accounts, upstream)).toEqual(
        new Map([
          ["0 sync GET /ticket/:id", { a: 2, "r.queue-full": 1 }],
          ["0 portal GET /ticket/:id", { a: 1 }],
          ["0 sync unlisted", { a: 1 }],
          ["1 sync GET /ticket/:id", { a: 3, w11: 1 }],
        ]),
      );
      expect(await read(accounts, upstream, { span: "hour" })).toEqual(
        new Map([
          ["0 sync GET /ticket/:id", { a: 5, "r.queue-full": 1, w11: 1 }],
          ["0 portal GET /ticket/:id", { a: 1 }],
          ["0 sync unlisted", { a: 1 }],
        ]),
      );
    });

    it("read() keeps to the upstream and to the time that is asked for", async () => {
      const upstream = randomUUID();
      const { add } = writer(accounts, upstream);
      await add(...[-1, 0, 1, 2].map((minute) => cell({ at: NOW + minute * MINUTE })));
      await writer(accounts, randomUUID()).add(cell());
      const two = { from: NOW, to: NOW + 2 * MINUTE };
      expect([...(await read(accounts, upstream, two)).keys()]).toEqual([
        "0 sync GET /ticket/:id",
        "1 sync GET /ticket/:id",
      ]);
      const hours = await read(accounts, upstream, { span: "hour", from: NOW, to: NOW + HOUR });
      expect([...hours.values()]).toEqual([{ a: 3 }]);
    });

    it("add() adds a batch once, however often it comes, and a late one not at all", async () => {
      const upstream = randomUUID();
      const { next } = writer(accounts, upstream);
      const [first, second] = [next([cell()]), next([cell()])];
      await accounts.add(first);
      await accounts.add(first);
      await accounts.add(second);
      await accounts.add(first);
      await accounts.add(second);
      // Another upstream's numbers are its own.
      const elsewhere = { ...first, upstream: randomUUID() };
      await accounts.add(elsewhere);
      expect([...(await read(accounts, upstream)).values()]).toEqual([{ a: 2 }]);
      expect([...(await read(accounts, elsewhere.upstream)).values()]).toEqual([{ a: 1 }]);
    });

    it("is exact over three processes, some of whose replies are lost", async () => {
      const upstream = randomUUID();
      const counts = fc.dictionary(
        fc.constantFrom("a", "f", "u", "w3"),
        fc.integer({ min: 1, max: 9 }),
      );
      const cells = fc.array(
        fc.record({
          at: fc.integer({ min: 0, max: 2 }).map((minute) => NOW - minute * MINUTE),
          consumer: fc.constantFrom("sync", "portal"),
          route: fc.constantFrom("unlisted", "GET /**"),
          counts,
        }),
        { maxLength: 5 },
      );
      const batches = fc.array(fc.tuple(cells, fc.integer({ min: 1, max: 3 })), {
        minLength: 10,
        maxLength: 10,
      });
      const histories = fc.sample(fc.tuple(batches, batches, batches), { numRuns: 1, seed: 7 });
      const [processes = []] = histories;
      const expected: Record<string, number> = {};
      await Promise.all(
        processes.map(async (history) => {
          const one = provider.open();
          const { next } = writer(one, upstream);
          for (const [added, times] of history) {
            const batch = next(added);
            for (const { counts: some } of added) {
              for (const [name, count] of Object.entries(some)) {
                expected[name] = (expected[name] ?? 0) + count;
              }
            }
            for (let time = 0; time < times; time += 1) await one.add(batch);
          }
        }),
      );
      for (const span of ["minute", "hour"] as const) {
        const sum: Record<string, number> = {};
        for (const some of (await read(provider.open(), upstream, { span })).values()) {
          for (const [name, count] of Object.entries(some)) sum[name] = (sum[name] ?? 0) + count;
        }
        expect(sum).toEqual(expected);
      }
      expect(Object.keys(expected).length).toBeGreaterThan(2);
    });

    it("takes back what a negative count says", async () => {
      const upstream = randomUUID();
      const { add } = writer(accounts, upstream);
      await add(cell({ counts: { u: 2 } }));
      await add(cell({ counts: { u: -1 } }), cell({ at: NOW + MINUTE, counts: { u: -1 } }));
      expect([...(await read(accounts, upstream)).values()]).toEqual([{ u: 1 }, { u: -1 }]);
      expect([...(await read(accounts, upstream, { span: "hour" })).values()]).toEqual([{ u: 0 }]);
    });

    it("tells a hundred consumers apart in a minute, and each route of the others", async () => {
      const upstream = randomUUID();
      const { add } = writer(accounts, upstream);
      const names = Array.from({ length: MOST_CONSUMERS + 20 }, (_, index) => `c${index}`);
      await add(...names.slice(0, 60).map((consumer) => cell({ consumer })));
      await add(...names.slice(50).map((consumer) => cell({ consumer })));
      await add(
        cell({ consumer: "c119", route: "unlisted" }),
        cell({ consumer: "c1", route: "unlisted" }),
      );
      await add(cell({ at: NOW + MINUTE, consumer: "c119" }));
      const found = await read(accounts, upstream, { to: NOW + MINUTE });
      expect(found.size).toBe(MOST_CONSUMERS + 3);
      expect(found.get("0 other GET /ticket/:id")).toEqual({ a: 20 });
      expect(found.get("0 other unlisted")).toEqual({ a: 1 });
      expect(found.get("0 c1 unlisted")).toEqual({ a: 1 });
      expect(found.get("0 c55 GET /ticket/:id")).toEqual({ a: 2 });
      // Every minute begins anew.
      const next = await read(accounts, upstream, { from: NOW + MINUTE });
      expect([...next.keys()]).toEqual(["1 c119 GET /ticket/:id"]);
    });

    it("has a bound on its cells, beyond which they are other's", async () => {
      const upstream = randomUUID();
      const { add } = writer(accounts, upstream);
      const cells = Array.from({ length: 30 }, (_, index) => index).flatMap((route) =>
        Array.from({ length: 40 }, (_, index) =>
          cell({ consumer: `c${index}`, route: `r${route}` }),
        ),
      );
      await add(...cells.slice(0, 700));
      await add(...cells.slice(700));
      const found = await read(accounts, upstream);
      expect(found.size).toBe(MOST_CELLS + 18);
      const others = [...found].filter(([name]) => name.includes(" other "));
      expect(others).toHaveLength(18);
      expect(others.reduce((sum, [, { a = 0 }]) => sum + a, 0)).toBe(1200 - MOST_CELLS);
    });

    it("keeps minutes for two days and hours for thirty", async () => {
      const upstream = randomUUID();
      const { add } = writer(accounts, upstream);
      const ages = [DAY, 2 * DAY - 2 * HOUR, 2 * DAY + HOUR, 30 * DAY - HOUR, 30 * DAY + HOUR];
      await add(...ages.map((age) => cell({ at: NOW - age })));
      const minutes = [...(await read(accounts, upstream)).keys()].map((name) =>
        Number.parseInt(name, 10),
      );
      expect(minutes.toSorted((a, b) => b - a)).toEqual([-1440, -2760]);
      const hours = [...(await read(accounts, upstream, { span: "hour" })).keys()].map(
        (name) => Number.parseInt(name, 10) / 60,
      );
      expect(hours.toSorted((a, b) => b - a)).toEqual([-24, -46, -49, -719]);
    });

    it("raises a StoreFault, when the store is out of reach", async () => {
      const lost = provider.openUnreachable();
      await expect(writer(lost, "api").add(cell())).rejects.toThrow(StoreFault);
      await expect(read(lost, "api")).rejects.toThrow(StoreFault);
    });
  },
);

it("keeps what a file or a Redis has when its processes are others", async () => {
  for (const provider of [...WAYS.map(redisProvider), sqliteProvider()]) {
    const upstream = randomUUID();
    await writer(provider.open(), upstream).add(cell());
    await writer(provider.open(), upstream).add(cell());
    expect([...(await read(provider.open(), upstream)).values()]).toEqual([{ a: 2 }]);
    provider.close();
  }
});
