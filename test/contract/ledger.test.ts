import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createRedisLedger } from "../../src/adapters/redis/ledger.ts";
import { createSqliteLedger } from "../../src/adapters/sqlite/ledger.ts";
import { machineClock } from "../../src/adapters/sqlite/machine-clock.ts";
import { terms } from "../support/ledger-world.ts";
import type { Join, Ledger, LedgerHint, LedgerTerms, TurnReport } from "../../src/ports/ledger.ts";

/** What the suite needs of an adapter: ledgers that share one store, as processes do. */
interface Provider {
  readonly name: string;
  open(ledgerTerms: LedgerTerms): Promise<Ledger>;
  close(): Promise<void>;
}

const HELLO = { waiting: [], departed: [], peers: [] };

function redisProvider(): Provider {
  const prefix = `test-${randomUUID()}`;
  const connections: Redis[] = [];
  const connect = (): Redis => {
    const redis = new Redis(inject("redisUrl"));
    connections.push(redis);
    return redis;
  };
  return {
    name: "redis",
    async open(ledgerTerms) {
      await rememberStore(connect(), `${prefix}:{${ledgerTerms.upstream}}:state`);
      return createRedisLedger({
        redis: connect(),
        subscriber: connect(),
        prefix,
        terms: ledgerTerms,
      });
    },
    async close() {
      for (const redis of connections) redis.disconnect();
    },
  };
}

function sqliteProvider(): Provider {
  const folder = mkdtempSync(joinPath(tmpdir(), "sluice-ledger-"));
  const databases: DatabaseSync[] = [];
  const ledgers: Ledger[] = [];
  return {
    name: "sqlite",
    async open(ledgerTerms) {
      const database = new DatabaseSync(joinPath(folder, "ledger.db"), { timeout: 1000 });
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      databases.push(database);
      const ledger = createSqliteLedger({ database, terms: ledgerTerms, clock: machineClock });
      ledgers.push(ledger);
      return ledger;
    },
    async close() {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      for (const database of databases) database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function join(ticket: string, changes: Partial<Join> = {}): Join {
  const standard = { consumer: "a", weight: 1, cost: 1, urgency: 3, waitedMs: 0, returning: false };
  return { ticket, ...standard, ...changes };
}

/** Counts a process's turns. */
function turner(ledger: Ledger, process: string) {
  let sequence = 0;
  return (report: Partial<TurnReport>) => {
    sequence += 1;
    const empty = { joins: [], leaves: [], ended: [], returned: [] };
    return ledger.turn({ process, sequence, ...empty, ...report });
  };
}

/** A Redis in which a ledger has never been is taken for one that lost its memory; this one is known. */
async function rememberStore(redis: Redis, stateKey: string): Promise<void> {
  const runId = /run_id:(\w+)/.exec(await redis.info("server"))?.[1] ?? "";
  await redis.hset(stateKey, { memory: runId });
}

describe.each([redisProvider, sqliteProvider])("a ledger in %o", (createProvider) => {
  const provider = createProvider();
  let number = 0;

  async function open(changes: Partial<LedgerTerms> = {}, count = 1): Promise<Ledger[]> {
    number += 1;
    const ledgerTerms = terms({ upstream: `u${number}`, ...changes });
    return Promise.all(Array.from({ length: count }, () => provider.open(ledgerTerms)));
  }

  async function ready(changes: Partial<LedgerTerms> = {}) {
    const [ledger] = await open(changes);
    if (!ledger) throw new Error("no ledger");
    const turn = turner(ledger, "p1");
    await turn({ everything: HELLO });
    return { ledger, turn };
  }

  afterAll(() => provider.close());

  it("turn() grants up to the limit and says when to come back", async () => {
    const { turn } = await ready();
    const reply = await turn({
      joins: Array.from({ length: 25 }, (_, index) => join(`t${index}`)),
    });
    expect(reply.granted).toHaveLength(20);
    expect(reply.waiting).toBe(5);
    expect(reply.standings[0]).toMatchObject({ quota: "test", used: 20 });
    expect(reply.wakeInMs).toBeGreaterThan(0);
  });

  it("turn() asks a process that it does not know for everything", async () => {
    const { ledger } = await ready();
    const stranger = turner(ledger, "p2");
    const reply = await stranger({ joins: [join("x")] });
    expect(reply).toMatchObject({ askEverything: true, granted: [] });
  });

  it("turn() grants across processes that share the store, and hints the one concerned", async () => {
    const [one, two] = await open({ concurrency: 1 }, 2);
    if (!one || !two) throw new Error("no ledgers");
    const [first, second] = [turner(one, "p1"), turner(two, "p2")];
    await first({ everything: HELLO });
    const hinted = new Promise<LedgerHint>((resolve) => {
      two.onHint(resolve);
    });
    expect((await first({ joins: [join("x")] })).granted).toEqual(["x"]);
    expect((await second({ everything: HELLO, joins: [join("y")] })).granted).toEqual([]);
    await first({ ended: [{ ticket: "x", outcome: "answered" }] });
    expect(await hinted).toEqual({ kind: "granted" });
    expect((await second({})).granted).toEqual(["y"]);
  });

  it("pause() stops every process and tells it", async () => {
    const [one, two] = await open({}, 2);
    if (!one || !two) throw new Error("no ledgers");
    const [first, second] = [turner(one, "p1"), turner(two, "p2")];
    await first({ everything: HELLO });
    await second({ everything: HELLO });
    const hinted = new Promise<LedgerHint>((resolve) => {
      two.onHint(resolve);
    });
    await first({ joins: [join("x")] });
    await one.pause({ process: "p1", ticket: "x", forMs: 2500 });
    const reply = await second({ joins: [join("y")] });
    expect(reply.granted).toEqual([]);
    expect(reply.pausedForMs).toBeGreaterThan(2000);
    expect(await hinted).toMatchObject({ kind: "paused" });
  });

  it("pause() ends at an operator's order, and one probe goes", async () => {
    const [one, two] = await open({}, 2);
    if (!one || !two) throw new Error("no ledgers");
    const [first, second] = [turner(one, "p1"), turner(two, "p2")];
    await first({ everything: HELLO });
    await second({ everything: HELLO });
    const order = { process: "operator", ticket: "operator", ordered: true };
    await one.pause({ ...order, forMs: 5000 });
    const paused = await second({ joins: [join("x"), join("y")] });
    expect(paused.granted).toEqual([]);
    expect(paused.pausedForMs).toBeGreaterThan(4000);
    expect((await two.outlook()).blockedForMs).toBeGreaterThan(4000);
    await one.pause({ ...order, forMs: 0 });
    const resumed = await second({});
    expect(resumed.granted).toHaveLength(1);
    expect(resumed.probe).toBe(resumed.granted[0]);
    await second({ ended: [{ ticket: resumed.probe, outcome: "answered" }] });
    expect((await two.outlook()).probing).toBe(false);
  });

  it("turn() holds what is under an inner quota to it, and nothing else", async () => {
    const { turn } = await ready();
    const route = { name: "route /a b", limit: 2, windowMs: 60_000, padMs: 1000 };
    const under = ["r1", "r2", "r3"].map((ticket) => join(ticket, { policies: [route] }));
    const first = await turn({ joins: [...under, join("x"), join("y", { consumer: "b" })] });
    expect(first.granted.toSorted()).toEqual(["r1", "r2", "x", "y"]);
    expect(first.waiting).toBe(1);
    const back = await turn({
      returned: ["r2"],
      joins: [join("z", { cost: 3, policies: [route] })],
    });
    expect(back.granted).toEqual(["r3"]);
    expect(back.refused).toEqual([{ ticket: "z", why: "cost" }]);
  });

  it("pause() of a policy stops what is under it alone, tells every process, and ends by a probe", async () => {
    const [ledger, other] = await open({}, 2);
    if (!ledger || !other) throw new Error("no ledger");
    const [turn, elsewhere] = [turner(ledger, "p1"), turner(other, "p2")];
    await turn({ everything: HELLO });
    const { promise, resolve } = Promise.withResolvers<LedgerHint>();
    other.onHint((hint) => resolve(hint));
    const policies = [{ name: "search it", limit: 9, windowMs: 60_000, padMs: 1000 }];
    const before = await turn({ joins: [join("t1", { policies })] });
    expect(before.granted).toEqual(["t1"]);
    await ledger.pause({ process: "p1", ticket: "t1", forMs: 500, policy: "search it" });
    expect(await promise).toEqual({ kind: "paused", policy: "search it" });
    const joins = [join("t2", { policies }), join("t3", { policies }), join("t4")];
    const during = await elsewhere({ everything: HELLO, joins });
    expect(during.granted).toEqual(["t4"]);
    expect(during.pausedForMs).toBe(0);
    expect(during.policies).toMatchObject([{ policy: "search it", probe: "" }]);
    const { policies: seen } = await other.outlook();
    expect(seen).toMatchObject([{ policy: "search it", limit: 9, used: 1, probing: true }]);
    let after = await elsewhere({});
    while (after.granted.length === 0) after = await elsewhere({});
    expect(after.granted).toEqual(["t2"]);
    expect(after.policies).toEqual([{ policy: "search it", pausedForMs: 0, probe: "t2" }]);
    expect((await elsewhere({ answered: ["t2"] })).policies).toEqual([]);
  });

  it("leave() drops what a process had waiting and keeps what it sent", async () => {
    const { ledger, turn } = await ready({ concurrency: 1 });
    await turn({ joins: [join("x"), join("y")] });
    await ledger.leave("p1");
    const reply = await turner(ledger, "p2")({ everything: HELLO, joins: [join("z")] });
    expect(reply).toMatchObject({ granted: ["z"], waiting: 0, peers: ["p2"] });
    expect(reply.standings[0]?.used).toBe(2);
  });

  it("outlook() tells who waits, what is used and when it is free again, and changes nothing", async () => {
    const { ledger, turn } = await ready();
    await turn({ joins: Array.from({ length: 25 }, (_, index) => join(`t${index}`)) });
    await turn({ joins: [join("u", { consumer: "b|c", weight: 3, cost: 2, urgency: 1 })] });
    const outlook = await ledger.outlook();
    expect(outlook).toMatchObject({ blockedForMs: 0, probing: false, ramping: false });
    const standings = outlook.consumers.map(({ consumer, weight, units, waiting, joined }) => {
      return { consumer, weight, units, waiting, joined };
    });
    const [a, b] = standings;
    expect(b).toEqual({ consumer: "b|c", weight: 3, units: 2, waiting: 1, joined: 2 });
    expect(a).toEqual({ consumer: "a", weight: 1, units: 5, waiting: 5, joined: 25 });
    expect(outlook).toMatchObject({ underWay: 20, quotas: [{ quota: "test", used: 20 }] });
    expect(outlook.quotas[0]?.frees.map(({ units }) => units)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(outlook.consumers[0]?.before).toEqual([0, 0, 0, 5, 5, 5, 5, 5]);
    expect(outlook.consumers[1]?.before).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    const again = await ledger.outlook();
    expect(again.atMs).toBeGreaterThanOrEqual(outlook.atMs);
    expect(again.consumers.map(({ units }) => units)).toEqual(standings.map(({ units }) => units));
  });

  it("turn() survives names with any character in them", async () => {
    const { turn } = await ready();
    const consumer = 'we|ird: "näme" {x}\\';
    expect((await turn({ joins: [join("x", { consumer })] })).granted).toEqual(["x"]);
    expect((await turn({ returned: ["x"] })).standings[0]?.used).toBe(0);
  });
});
