import { CompatibleCluster, CompatibleRedis } from "./compatible-redis.ts";
import { StoreFault } from "../../ports/faults.ts";
import { clusterTarget, namesCluster } from "./cluster-target.ts";
import {
  connectRedis,
  redisOptions,
  redisReady,
  watchRedis,
  type RedisWatcher,
} from "./connect.ts";
import { RoamingRedis } from "./roaming-redis.ts";
import { SteadyCluster } from "./steady-cluster.ts";
import type { Redis } from "ioredis";
import type { RedisCommands } from "./commands.ts";
import type { LedgerCommands } from "./ledger.ts";

/*
 * The connections of one store, whatever its URL names: a server, the primary behind sentinels, or a Cluster. Nobody else
 * knows which.
 */

/** Where to, how connections begin their names, and who is told how each fares. */
export interface RedisLinksOptions {
  readonly url: string;
  readonly prefix: string;
  /** The watcher of the connection of this name. */
  readonly watcher: (name: string) => RedisWatcher;
}

/** Opens connections to one Redis; nothing waits for them before `ready()`. */
export interface RedisLinks {
  /** For commands. */
  connect(name: string): RedisCommands & LedgerCommands;
  /** For messages. */
  subscribe(name: string): Redis;
  /** For Bottleneck alone. */
  connectBottleneck(): CompatibleRedis | CompatibleCluster;
  /** Resolves once commands can be sent on all of them. @throws StoreFault where that takes more than `ms`. */
  ready(ms: number): Promise<void>;
  /** Every server that is written to, by a connection of the first that was opened. */
  primaries(): readonly Redis[];
  /** Ends all of them. */
  close(): void;
}

/** @throws Error where the URL is none. */
export function openRedisLinks(options: RedisLinksOptions): RedisLinks {
  return namesCluster(options.url) ? new ClusterLinks(options) : new ServerLinks(options);
}

class ServerLinks implements RedisLinks {
  readonly #options: RedisLinksOptions;
  readonly #watched: Redis[] = [];
  readonly #others: Redis[] = [];

  constructor(options: RedisLinksOptions) {
    this.#options = options;
  }

  connect(name: string): Redis {
    const { url, prefix, watcher } = this.#options;
    const redis = connectRedis({ url, name: `${prefix}-${name}`, ...watcher(name) });
    this.#watched.push(redis);
    return redis;
  }

  subscribe(name: string): Redis {
    return this.connect(name);
  }

  connectBottleneck(): CompatibleRedis {
    const redis = new CompatibleRedis(redisOptions(this.#options.url));
    this.#others.push(redis);
    return redis;
  }

  async ready(ms: number): Promise<void> {
    await Promise.all(this.#watched.map((redis) => redisReady(redis, ms)));
  }

  primaries(): readonly Redis[] {
    return this.#watched.slice(0, 1);
  }

  close(): void {
    for (const redis of [...this.#watched, ...this.#others]) redis.disconnect();
  }
}

class ClusterLinks implements RedisLinks {
  readonly #options: RedisLinksOptions;
  readonly #clusters: SteadyCluster[] = [];
  readonly #subscribers: Redis[] = [];

  constructor(options: RedisLinksOptions) {
    this.#options = options;
  }

  connect(name: string): SteadyCluster {
    const { watcher } = this.#options;
    const cluster = new SteadyCluster(this.#named(name));
    watchCluster(cluster, watcher(name));
    this.#clusters.push(cluster);
    return cluster;
  }

  /** The nodes are those that the first connection for commands knows. */
  subscribe(name: string): Redis {
    const [cluster = this.connect(name)] = this.#clusters;
    const redis = new RoamingRedis({ ...this.#named(name), cluster });
    watchRedis(redis, this.#options.watcher(name));
    this.#subscribers.push(redis);
    return redis;
  }

  connectBottleneck(): CompatibleCluster {
    const cluster = new CompatibleCluster(this.#named("slots"));
    this.#clusters.push(cluster);
    return cluster;
  }

  async ready(ms: number): Promise<void> {
    const clusters = this.#clusters.map((cluster) => clusterReady(cluster, ms));
    await Promise.all([...clusters, ...this.#subscribers.map((redis) => redisReady(redis, ms))]);
  }

  primaries(): readonly Redis[] {
    return this.#clusters[0]?.nodes("master") ?? [];
  }

  close(): void {
    for (const one of [...this.#subscribers, ...this.#clusters]) one.disconnect();
  }

  #named(name: string): { target: ReturnType<typeof clusterTarget>; name: string } {
    const { url, prefix } = this.#options;
    return { target: clusterTarget(url), name: `${prefix}-${name}` };
  }
}

/** Reports the troubles of a Cluster, as `watchRedis()` those of one server. */
function watchCluster(cluster: SteadyCluster, { onTrouble, onWell }: RedisWatcher): void {
  let troubled = false;
  cluster.on("torn", (error: Error) => {
    if (troubled) return;
    troubled = true;
    onTrouble(new StoreFault(`A part of the Redis Cluster is out of reach: ${error.message}`));
  });
  cluster.on("whole", () => {
    if (!troubled) return;
    troubled = false;
    onWell();
  });
}

async function clusterReady(cluster: SteadyCluster, ms: number): Promise<void> {
  if (cluster.whole) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last = "no answer";
  const hear = (error: Error): void => {
    last = error.message;
  };
  const timer = setTimeout(() => {
    reject(new StoreFault(`The Redis Cluster was not ready within ${ms} ms: ${last}`));
  }, ms);
  cluster.on("whole", resolve).on("torn", hear);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    cluster.off("whole", resolve).off("torn", hear);
  }
}
