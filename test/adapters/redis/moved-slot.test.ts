import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRedisStores } from "../../../src/adapters/redis/stores.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { terms } from "../../support/ledger-world.ts";
import { startCluster, type RedisCluster } from "../../support/redis-cluster.ts";
import { commandTo } from "../../support/redis-command.ts";
import type { RedisInstance } from "../../support/redis-instance.ts";
import type { Join, TurnReply, TurnReport } from "../../../src/ports/ledger.ts";
import type { Stores } from "../../../src/ports/stores.ts";

/*
 * A slot of a Cluster that is given to another node: what holds of the keys in it meanwhile and afterwards.
 */

const NOTHING = { joins: [], leaves: [], ended: [], returned: [] };
const HELLO = { waiting: [], departed: [], peers: [] };

let cluster: RedisCluster;
let stores: Stores;
let prefix: string;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.ready();
  prefix = `moved-${randomUUID().slice(0, 8)}`;
  const bounds = { maxBytes: 1_000_000, nearBytes: 0, onLoss: "closed" } as const;
  const settings = { redis: cluster.url, file: "", prefix, ...bounds };
  stores = await openRedisStores(settings, { onTrouble: () => {} });
});

afterAll(async () => {
  await stores.close();
  await cluster[Symbol.asyncDispose]();
});

async function notOf(key: string): Promise<RedisInstance> {
  const from = await cluster.primaryOf(key);
  const to = cluster.nodes.find((one) => one !== from);
  if (!to) throw new Error("There is one node only.");
  return to;
}

function join(ticket: string): Join {
  const standard = { consumer: "a", weight: 1, cost: 1, urgency: 3, waitedMs: 0, returning: false };
  return { ticket, ...standard };
}

describe("a ledger whose slot is moved", () => {
  it("takes no turn on either node meanwhile, then asks for everything, and has forgotten nothing", async () => {
    const ledger = stores.ledger(terms());
    let sequence = 0;
    const turn = (report: Partial<TurnReport> = {}): Promise<TurnReply> =>
      ledger.turn({ process: "p", sequence: (sequence += 1), ...NOTHING, ...report });
    await turn({ everything: HELLO, joins: [join("t1"), join("t2")] });
    const granted: string[] = [];
    // A ledger that is new to its store gives nothing before it has waited for others.
    const grants = async (): Promise<number> => granted.push(...(await turn()).granted);
    await expect.poll(grants, { timeout: 10_000 }).toBe(2);
    const key = `${prefix}:{test}`;
    const [from, to] = [await cluster.primaryOf(key), await notOf(key)];
    const keys = async ({ url }: RedisInstance): Promise<number> =>
      ((await commandTo(url, ["KEYS", `${key}:*`])) as string[]).length;
    const all = await keys(from);
    const meanwhile: unknown[] = [];
    await cluster.moveSlot(key, to, async () => {
      meanwhile.push(await turn().catch((error: unknown) => error));
      meanwhile.push(await ledger.outlook().catch((error: unknown) => error));
      meanwhile.push((await keys(from)) + (await keys(to)));
    });
    expect(meanwhile).toEqual([expect.any(StoreFault), expect.any(StoreFault), all]);
    expect(await turn()).toMatchObject({ askEverything: true, granted: [] });
    const departed = ["t1", "t2"].map((ticket) => ({
      ticket,
      consumer: "a",
      cost: 1,
      agoMs: 100,
      underWay: true,
    }));
    const told = await turn({ everything: { ...HELLO, departed } });
    expect(told.standings[0]).toMatchObject({ used: 2 });
    expect([await keys(from), (await keys(to)) >= all]).toEqual([0, true]);
    await ledger.close();
  });
});

describe("names whose slot is moved", () => {
  it("have another epoch afterwards, so that nothing is answered from before", async () => {
    const names = ["a", "b"];
    await stores.cache.bump(names, "hard");
    const before = await stores.cache.generations(names);
    expect(await stores.cache.generations(names)).toEqual(before);
    const key = `${prefix}:{names}:state`;
    await cluster.moveSlot(key, await notOf(key));
    const after = await stores.cache.generations(names);
    expect(tokensOf(after)).toEqual(tokensOf(before));
    expect(after[0]?.hard).not.toBe(before[0]?.hard);
  });
});

/** Hard tokens without the epoch. */
function tokensOf(generations: readonly { hard: string }[]): (string | undefined)[] {
  return generations.map(({ hard }) => hard.split(" ")[1]);
}
