import { commandTo, onceBack } from "../support/redis-command.ts";
import { delay, over, pick, redisOf, type Fault } from "./fault.ts";
import { untilReplica } from "./redis-faults.ts";
import { LEDGER_KEY } from "./stores.ts";
import type { RedisCluster } from "../support/redis-cluster.ts";
import type { RedisInstance } from "../support/redis-instance.ts";
import type { Random } from "./seeded.ts";
import type { World } from "./world.ts";

/*
 * What happens to a Redis Cluster. Each is done to the primary, or to the slot, of the ledger or of the cache's names.
 */

const AWAY = {
  on: ["cluster"],
  holdMs: 7000,
  afterMs: 8000,
  problems: ["store-unavailable"],
} as const;

const NAMES_KEY = "sluice:{names}:state";

const killed: Fault = {
  ...AWAY,
  name: "the ledger's primary killed: fail-over, and the old one back as a replica",
  async begin(world) {
    const old = await redisOf(world).primary();
    await old.stop();
    return async () => {
      await old.restart();
      if ((await redisOf(world).primary()) !== old) await untilReplica(old);
    };
  },
};

const frozen: Fault = {
  ...AWAY,
  name: "the ledger's primary frozen for 7 s: fail-over, and the old one demoted",
  async begin(world) {
    const old = await redisOf(world).primary();
    old.freeze();
    return async () => {
      old.thaw();
      if ((await redisOf(world).primary()) !== old) await untilReplica(old);
    };
  },
};

const otherKilled: Fault = {
  ...AWAY,
  name: "the primary of the cache's names killed: fail-over",
  async begin(world) {
    const old = await clusterOf(world).primaryOf(NAMES_KEY);
    await old.stop();
    return async () => {
      await old.restart();
      if ((await clusterOf(world).primaryOf(NAMES_KEY)) !== old) await untilReplica(old);
    };
  },
};

const ordered: Fault = {
  ...AWAY,
  name: "fail-over by order, of the ledger's primary",
  holdMs: 3000,
  async begin(world) {
    const cluster = clusterOf(world);
    const replica = await replicaOf(cluster, await cluster.primaryOf(LEDGER_KEY));
    await onceBack(() => commandTo(replica.url, ["CLUSTER", "FAILOVER"]));
    return over;
  },
};

const ledgerMoved = slotFault("the ledger's slot moved to another node", LEDGER_KEY);
const namesMoved = slotFault("the slot of the cache's names moved to another node", NAMES_KEY);

/** While it is under way, and for a second more, part of the keys are on either node. */
function slotFault(name: string, key: string): Fault {
  return {
    ...AWAY,
    name,
    holdMs: 0,
    async begin(world, random) {
      const cluster = clusterOf(world);
      await cluster.moveSlot(key, await otherThan(cluster, { key, random }), () => delay(1000));
      return over;
    },
  };
}

async function otherThan(
  cluster: RedisCluster,
  { key, random }: { readonly key: string; readonly random: Random },
): Promise<RedisInstance> {
  const from = await cluster.primaryOf(key);
  const primaries = await cluster.primaries();
  return pick(
    primaries.filter((one) => one !== from),
    random,
  );
}

async function replicaOf(cluster: RedisCluster, primary: RedisInstance): Promise<RedisInstance> {
  for (const node of cluster.nodes) {
    const info = String(await commandTo(node.url, ["INFO", "replication"]));
    if (info.includes(`master_port:${primary.port}\r`)) return node;
  }
  throw new Error("Nobody follows the primary");
}

function clusterOf(world: World): RedisCluster {
  const { cluster } = redisOf(world);
  if (!cluster) throw new Error("This fault is for a Cluster.");
  return cluster;
}

/** Faults of a Cluster. */
export const CLUSTER_FAULTS: readonly Fault[] = [
  killed,
  frozen,
  otherKilled,
  ordered,
  ledgerMoved,
  namesMoved,
];
