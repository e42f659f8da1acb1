import type { Redis } from "ioredis";
import { createBottleneckSlots } from "../bottleneck-slots.ts";
import { damagedConsumer } from "../followed-consumers.ts";
import { nodeClock } from "../node-clock.ts";
import { createRedisAccounts } from "./accounts.ts";
import { createRedisCacheStore } from "./cache-store.ts";
import { connectRedis, redisOptions, redisReady, refuseEviction } from "./connect.ts";
import { CompatibleRedis } from "./compatible-redis.ts";
import { createRedisConsumers } from "./consumers.ts";
import { createRedisLeases } from "./leases.ts";
import { createRedisLedger } from "./ledger.ts";
import { createRedisLessons } from "./lessons.ts";
import { News } from "./news.ts";
import { StoreFault } from "../../ports/faults.ts";
import type { LessonStore } from "../../ports/lessons.ts";
import type { StoreSettings } from "../../ports/settings.ts";
import type { Stores, StoresOptions } from "../../ports/stores.ts";

/** How long Redis may take to answer at the start. */
const READY_MS = 10_000;

/** Bottleneck's faults are told no more often than this. */
const FAULTS_APART_MS = 60_000;

/**
 * The stores in Redis. Ledger, hints, cache, news of the cache and accounts have a connection each, so that a
 * large body delays no turn; each upstream's slots have another, since Bottleneck adds listeners to its own.
 * @throws StoreFault where Redis does not answer, Error where its eviction policy could drop the ledger.
 */
export async function openRedisStores(
  settings: StoreSettings,
  { onTrouble }: StoresOptions,
): Promise<Stores> {
  const { redis: url, prefix } = settings;
  const connections: Redis[] = [];
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
  const [subscriber, accounted] = [connect("news"), connect("accounts")];
  try {
    await Promise.all(connections.map((redis) => redisReady(redis, READY_MS)));
    await refuseEviction(ledgers);
  } catch (error) {
    for (const redis of connections) redis.disconnect();
    throw error;
  }
  const news = new News(subscriber);
  const { maxBytes, nearBytes } = settings;
  const shared = { redis: cached, news, prefix, clock: nodeClock };
  const onDamaged = (key: string): void =>
    onTrouble(`A stored response was damaged and has been removed: ${key}`);
  const cache = createRedisCacheStore({ ...shared, maxBytes, nearBytes, onDamaged });
  const leases = createRedisLeases(shared);
  const consumers = createRedisConsumers({ ...shared, onDamaged: damagedConsumer(onTrouble) });
  const followed: LessonStore[] = [];
  const onFault = atIntervals(onTrouble);
  return {
    kind: "redis",
    cache,
    leases,
    accounts: createRedisAccounts({ redis: accounted, prefix, clock: nodeClock }),
    consumers,
    ledger: (terms) => createRedisLedger({ redis: ledgers, subscriber: hints, prefix, terms }),
    lessons(upstream) {
      const lessons = createRedisLessons(upstream, shared);
      followed.push(lessons);
      return lessons;
    },
    slots({ concurrency, forwardMs, upstream }) {
      const redis = new CompatibleRedis(redisOptions(url));
      connections.push(redis);
      const bottleneck = { redis, prefix, upstream, onFault };
      return createBottleneckSlots({ concurrency, expirationMs: forwardMs, shared: bottleneck });
    },
    async close() {
      await Promise.all([leases, cache, consumers, ...followed].map((part) => part.close()));
      news.close();
      for (const redis of connections) redis.disconnect();
    },
  };
}

/** Bottleneck tells of every attempt to connect. */
function atIntervals(onTrouble: StoresOptions["onTrouble"]): (error: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - toldAt < FAULTS_APART_MS) return;
    toldAt = performance.now();
    // The text alone: an error of ioredis holds the command, and with AUTH the password.
    onTrouble("Bottleneck's Redis failed", new StoreFault(String(error)));
  };
}
