import type { Redis } from "ioredis";
import { CompatibleRedis, createBottleneckSlots } from "../bottleneck-slots.ts";
import { createRedisCacheStore } from "./cache-store.ts";
import { connectRedis, redisOptions, redisReady, refuseEviction } from "./connect.ts";
import { createRedisLedger } from "./ledger.ts";
import { StoreFault } from "../../ports/faults.ts";
import type { StoreSettings } from "../../ports/settings.ts";
import type { Stores, StoresOptions } from "../../ports/stores.ts";

/** How long Redis may take to answer at the start. */
const READY_MS = 10_000;

/** Bottleneck's faults are told no more often than this. */
const FAULTS_APART_MS = 60_000;

/**
 * The stores in Redis. Ledger, hints and cache have a connection each, so that a large body delays no
 * turn; each upstream's slots have another, since Bottleneck adds listeners to its own.
 * @throws StoreFault where Redis does not answer, Error where its eviction policy could drop the ledger.
 */
export async function openRedisStores(
  { redis: url, prefix }: StoreSettings,
  { onTrouble }: StoresOptions,
): Promise<Stores> {
  const connections: Redis[] = [];
  let toldAt = Number.NEGATIVE_INFINITY;
  const onFault = (error: unknown): void => {
    // Bottleneck tells of every attempt to connect.
    if (performance.now() - toldAt < FAULTS_APART_MS) return;
    toldAt = performance.now();
    // The text alone: an error of ioredis holds the command, and with AUTH the password.
    onTrouble("Bottleneck's Redis failed", new StoreFault(String(error)));
  };
  const connect = (name: string): Redis => {
    const redis = connectRedis({
      url,
      name: `${prefix}-${name}`,
      onTrouble: (error) => onTrouble(`The connection to Redis (${name}) is lost`, error),
      onWell: () => onTrouble(`The connection to Redis (${name}) is back`),
    });
    connections.push(redis);
    return redis;
  };
  const [ledgers, hints, cached] = [connect("ledger"), connect("hints"), connect("cache")];
  try {
    await Promise.all(connections.map((redis) => redisReady(redis, READY_MS)));
    await refuseEviction(ledgers);
  } catch (error) {
    for (const redis of connections) redis.disconnect();
    throw error;
  }
  const cache = createRedisCacheStore({
    redis: cached,
    prefix,
    onDamaged: (key) => onTrouble(`A stored response was damaged and has been removed: ${key}`),
  });
  return {
    kind: "redis",
    cache,
    ledger: (terms) => createRedisLedger({ redis: ledgers, subscriber: hints, prefix, terms }),
    slots({ concurrency, forwardMs, upstream }) {
      const redis = new CompatibleRedis(redisOptions(url));
      connections.push(redis);
      const shared = { redis, prefix, upstream, onFault };
      return createBottleneckSlots({ concurrency, expirationMs: forwardMs, shared });
    },
    async close() {
      await cache.close();
      for (const redis of connections) redis.disconnect();
    },
  };
}
