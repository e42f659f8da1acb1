import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandTo, onceBack, untilTrue } from "../support/redis-command.ts";
import { startCluster, type RedisCluster } from "../support/redis-cluster.ts";
import { startRedis, type RedisInstance } from "../support/redis-instance.ts";

/*
 * The stores that a campaign runs on, each of real processes of its own.
 */

/** What a campaign's instances keep their ledger and their cache in. */
export type StoreWorld = EmbeddedWorld | RedisWorld;

/** One file and its kin. */
export interface EmbeddedWorld extends AsyncDisposable {
  readonly kind: "embedded";
  /** As YAML would hold it under `store`. */
  readonly settings: object;
  readonly file: string;
  readonly cacheFile: string;
}

/** One Redis, several behind sentinels, or a Cluster. */
export interface RedisWorld extends AsyncDisposable {
  readonly kind: "redis" | "sentinel" | "cluster";
  readonly settings: object;
  readonly servers: readonly RedisInstance[];
  /** The one that is written to at present; in a Cluster the one that has the ledger. */
  primary(): Promise<RedisInstance>;
  /** All that are written to at present. */
  primaries(): Promise<RedisInstance[]>;
  /** Present in a Cluster. */
  readonly cluster?: RedisCluster;
  /** Sends one command to the primary. */
  command(name: string, ...values: (string | number | Buffer)[]): Promise<unknown>;
}

/** The name of the set that the sentinels watch. */
export const SET_NAME = "main";

const QUORUM = 2;
const SENTINELS = 3;

/** Opens a store world by its kind. */
export function openStore(kind: StoreWorld["kind"]): Promise<StoreWorld> {
  switch (kind) {
    case "embedded":
      return Promise.resolve(embedded());
    case "redis":
      return single();
    case "sentinel":
      return behindSentinels();
    case "cluster":
      return inCluster();
    default:
      return kind satisfies never;
  }
}

function embedded(): EmbeddedWorld {
  const folder = mkdtempSync(join(tmpdir(), "sluice-fault-"));
  const file = join(folder, "fault.db");
  return {
    kind: "embedded",
    settings: { file },
    file,
    cacheFile: join(folder, "fault.cache.db"),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function single(): Promise<RedisWorld> {
  const server = await startRedis();
  return {
    kind: "redis",
    settings: { redis: server.url },
    servers: [server],
    primary: async () => server,
    primaries: async () => [server],
    command: (...words) => onceBack(() => commandTo(server.url, words)),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** The ledger's keys begin with this, so that they lie in the slot of it. */
export const LEDGER_KEY = "sluice:{api}";

/** How soon the nodes take one of them for lost, in milliseconds. */
const NODE_TIMEOUT_MS = 2000;

/** Three that are written to, each with one that follows it. */
async function inCluster(): Promise<RedisWorld> {
  const args = ["--cluster-node-timeout", String(NODE_TIMEOUT_MS), "--repl-timeout", "5"];
  const cluster = await startCluster({ replicas: 1, args });
  await cluster.ready();
  const primary = (): Promise<RedisInstance> => cluster.primaryOf(LEDGER_KEY);
  return {
    kind: "cluster",
    settings: { redis: cluster.url },
    servers: cluster.nodes,
    cluster,
    primary,
    primaries: () => cluster.primaries(),
    command: (...words) => onceBack(async () => commandTo((await primary()).url, words)),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** One that is written to, two that follow it, and three who watch them. */
async function behindSentinels(): Promise<RedisWorld> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "sluice-sentinel-"));
  stack.defer(async () => rmSync(folder, { recursive: true, force: true }));
  // A primary that no replica follows takes no writes, so that one that was cut off grants nothing.
  const safe = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"];
  const speed = ["--repl-ping-replica-period", "1", "--repl-timeout", "5"];
  const first = await startRedis({ args: [...safe, ...speed] });
  stack.defer(() => first.stop());
  const follow = ["--replicaof", "127.0.0.1", String(first.port)];
  const servers = [first];
  for (let index = 0; index < 2; index += 1) {
    const replica = await startRedis({ args: [...safe, ...speed, ...follow] });
    stack.defer(() => replica.stop());
    servers.push(replica);
  }
  const sentinels: number[] = [];
  for (let index = 0; index < SENTINELS; index += 1) {
    const port = 31_000 + Math.floor(Math.random() * 1000);
    stack.use(runSentinel(folder, port, first.port));
    sentinels.push(port);
  }
  await Promise.all(sentinels.map(accepts));
  const addresses = sentinels.map((port) => `127.0.0.1:${port}`).join(",");
  const primary = async (): Promise<RedisInstance> => {
    const port = await primaryPort(sentinels);
    return servers.find((server) => server.port === port) ?? first;
  };
  await untilFollowed(first.url);
  const kept = stack.move();
  return {
    kind: "sentinel",
    settings: { redis: `sentinel://${addresses}/${SET_NAME}` },
    servers,
    primary,
    primaries: async () => [await primary()],
    command: (...words) => onceBack(async () => commandTo((await primary()).url, words)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Ends with the process that started it: it is killed when the pipe to that process ends. */
export function runSentinel(folder: string, port: number, watched: number): AsyncDisposable {
  const file = join(folder, `${port}.conf`);
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor ${SET_NAME} 127.0.0.1 ${watched} ${QUORUM}`,
    `sentinel down-after-milliseconds ${SET_NAME} 1000`,
    `sentinel failover-timeout ${SET_NAME} 4000`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const script = `redis-server ${file} --sentinel & read -r _ <&3; kill -KILL $!`;
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  child.unref();
  return {
    async [Symbol.asyncDispose]() {
      (child.stdio[3] as { destroy?: () => void } | null)?.destroy?.();
    },
  };
}

async function primaryPort(sentinels: readonly number[]): Promise<number> {
  for (const port of sentinels) {
    const words = ["SENTINEL", "get-master-addr-by-name", SET_NAME] as const;
    const reply = await commandTo(`redis://127.0.0.1:${port}`, words).catch(() => undefined);
    if (Array.isArray(reply)) return Number(reply[1]);
  }
  throw new Error("No sentinel knows a primary");
}

async function untilFollowed(url: string): Promise<void> {
  await untilTrue("two replicas", async () => {
    const info = String(await commandTo(url, ["INFO", "replication"]));
    return /^min_slaves_good_slaves:2/m.test(info);
  });
}

/** Resolves once connections are taken at a port. @throws Error after 20 s. */
export async function accepts(port: number): Promise<void> {
  await untilTrue(`a sentinel at ${port}`, async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    const there = await promise;
    socket.destroy();
    return there;
  });
}
