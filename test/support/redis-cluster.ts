import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandTo, untilTrue } from "./redis-command.ts";
import { startRedis, type RedisInstance } from "./redis-instance.ts";

/*
 * A Redis Cluster of a test's own, made of `redis-server` processes on loopback.
 */

const SLOTS = 16_384;

/** The nodes' own way to each other: below the ports of the nodes. */
const BUS_BELOW = 10_000;

/** A running Cluster. */
export interface RedisCluster extends AsyncDisposable {
  /** As `store.redis` takes it. */
  readonly url: string;
  /** Primaries first, each with its slots; then their replicas, as many for each. */
  readonly nodes: readonly RedisInstance[];
  /** Resolves once every node takes every other for well, and replicas follow. */
  ready(): Promise<void>;
  /** The node that serves the slot of a key at present, by what the others say. */
  primaryOf(key: string): Promise<RedisInstance>;
  /** All nodes that say that they are primaries. */
  primaries(): Promise<RedisInstance[]>;
  /** Gives the slot of a key to another node, with all its keys; `meanwhile` is done when half of the way is done. */
  moveSlot(key: string, to: RedisInstance, meanwhile?: () => Promise<void>): Promise<void>;
}

/** What may be asked of `startCluster()`. */
export interface RedisClusterOptions {
  /** For each of the three primaries; absent: none. */
  readonly replicas?: number;
  /** After the standard arguments, for each node. */
  readonly args?: readonly string[];
}

const PRIMARIES = 3;

/** Starts three primaries with all slots between them. It is not whole yet: see `ready()`. */
export async function startCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { replicas = 0, args = [] } = options;
  await using stack = new AsyncDisposableStack();
  const count = PRIMARIES * (1 + replicas);
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(args, stack)));
  const primaries = nodes.slice(0, PRIMARIES);
  await Promise.all(primaries.map(takeSlots));
  const [first] = nodes;
  for (const { port } of nodes.slice(1)) {
    const there = ["127.0.0.1", port, port - BUS_BELOW];
    await commandTo(first?.url ?? "", ["CLUSTER", "MEET", ...there]);
  }
  if (replicas > 0) await follow(nodes);
  const kept = stack.move();
  return {
    url: `cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    nodes,
    ready: () => untilTrue("the Cluster to be whole", () => isWhole(nodes)),
    primaryOf: (key) => primaryOf(nodes, key),
    primaries: () => primariesOf(nodes),
    moveSlot: (key, to, meanwhile) => moveSlot(nodes, { key, to, meanwhile }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function startNode(
  args: readonly string[],
  stack: AsyncDisposableStack,
): Promise<RedisInstance> {
  const node = await startRedis({
    args: (port) => {
      const own = ["--cluster-enabled", "yes", "--cluster-config-file", fileOf(port)];
      return [...own, "--cluster-port", String(port - BUS_BELOW), ...args];
    },
  });
  stack.defer(async () => {
    await node.stop();
    rmSync(join(tmpdir(), fileOf(node.port)), { force: true });
  });
  return node;
}

/** Where a node writes what it knows of the others, in the folder of `startRedis()`. */
function fileOf(port: number): string {
  return `sluice-nodes-${process.pid}-${port}.conf`;
}

async function takeSlots({ url }: RedisInstance, index: number): Promise<void> {
  const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / PRIMARIES));
  await commandTo(url, ["CLUSTER", "SET-CONFIG-EPOCH", index + 1]);
  await commandTo(url, ["CLUSTER", "ADDSLOTSRANGE", from ?? 0, (to ?? 0) - 1]);
}

async function follow(nodes: readonly RedisInstance[]): Promise<void> {
  await untilTrue("the nodes to know each other", async () => knowEachOther(nodes));
  for (const [index, { url }] of nodes.slice(PRIMARIES).entries()) {
    const primary = nodes[index % PRIMARIES];
    const id = String(await commandTo(primary?.url ?? "", ["CLUSTER", "MYID"]));
    await commandTo(url, ["CLUSTER", "REPLICATE", id]);
  }
}

async function knowEachOther(nodes: readonly RedisInstance[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map(({ url }) => commandTo(url, ["CLUSTER", "INFO"])));
  return infos.every((info) => String(info).includes(`cluster_known_nodes:${nodes.length}\r`));
}

async function isWhole(nodes: readonly RedisInstance[]): Promise<boolean> {
  if (!(await knowEachOther(nodes))) return false;
  // A replica is named to clients only once it has something to replicate.
  const ranges = (await commandTo(nodes[0]?.url ?? "", ["CLUSTER", "SLOTS"])) as unknown[][];
  if (ranges.flatMap((range) => range.slice(2)).length < nodes.length) return false;
  const infos = await Promise.all(
    nodes.map(async ({ url }) => {
      const cluster = String(await commandTo(url, ["CLUSTER", "INFO"]));
      return cluster + String(await commandTo(url, ["INFO", "replication"]));
    }),
  );
  return infos.every(
    (info) => info.includes("cluster_state:ok") && !info.includes("master_link_status:down"),
  );
}

/** What most nodes that answer say: one that was away may not know better yet. */
async function primaryOf(nodes: readonly RedisInstance[], key: string): Promise<RedisInstance> {
  const votes = new Map<number, number>();
  await Promise.all(
    nodes.map(async ({ url }) => {
      const port = await ownerSaidBy(url, key).catch(() => 0);
      votes.set(port, (votes.get(port) ?? 0) + (port === 0 ? 0 : 1));
    }),
  );
  const [port] = [...votes].toSorted(([, a], [, b]) => b - a)[0] ?? [];
  const node = nodes.find((one) => one.port === port);
  if (!node) throw new Error(`Nobody says who has the slot of ${key}`);
  return node;
}

async function primariesOf(nodes: readonly RedisInstance[]): Promise<RedisInstance[]> {
  const roles = await Promise.all(
    nodes.map(({ url }) => commandTo(url, ["INFO", "replication"]).catch(() => "")),
  );
  return nodes.filter((_, index) => String(roles[index]).includes("role:master"));
}

async function ownerSaidBy(url: string, key: string): Promise<number> {
  const slot = Number(await commandTo(url, ["CLUSTER", "KEYSLOT", key]));
  const ranges = (await commandTo(url, ["CLUSTER", "SLOTS"])) as [number, number, unknown[]][];
  const range = ranges.find(([from, to]) => from <= slot && slot <= to);
  return Number(range?.[2][1] ?? 0);
}

interface Move {
  readonly key: string;
  readonly to: RedisInstance;
  readonly meanwhile?: (() => Promise<void>) | undefined;
}

/** As `redis-cli --cluster reshard` does it. */
async function moveSlot(
  nodes: readonly RedisInstance[],
  { key, to, meanwhile }: Move,
): Promise<void> {
  const from = await primaryOf(nodes, key);
  const slot = Number(await commandTo(from.url, ["CLUSTER", "KEYSLOT", key]));
  const [fromId, toId] = await Promise.all(
    [from, to].map(async ({ url }) => String(await commandTo(url, ["CLUSTER", "MYID"]))),
  );
  await commandTo(to.url, ["CLUSTER", "SETSLOT", slot, "IMPORTING", fromId ?? ""]);
  await commandTo(from.url, ["CLUSTER", "SETSLOT", slot, "MIGRATING", toId ?? ""]);
  const half = Math.ceil(
    Number(await commandTo(from.url, ["CLUSTER", "COUNTKEYSINSLOT", slot])) / 2,
  );
  const first = (await commandTo(from.url, ["CLUSTER", "GETKEYSINSLOT", slot, half])) as string[];
  await migrate(from, to, first);
  await meanwhile?.();
  for (;;) {
    const keys = (await commandTo(from.url, ["CLUSTER", "GETKEYSINSLOT", slot, 100])) as string[];
    if (keys.length === 0) break;
    await migrate(from, to, keys);
  }
  for (const { url } of [to, from]) {
    await commandTo(url, ["CLUSTER", "SETSLOT", slot, "NODE", toId ?? ""]);
  }
}

async function migrate(
  from: RedisInstance,
  to: RedisInstance,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await commandTo(from.url, ["MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", ...keys]);
}
