import { isIP } from "node:net";
import { StoreFault } from "../../ports/faults.ts";
import { clusterTarget, namesCluster } from "./cluster-target.ts";
import { BOUNDS, COMMAND_MS, retryDelayMs } from "./manner.ts";
import { SteadyRedis } from "./steady-redis.ts";
import { addressOf, credentials, withoutBrackets } from "./url-parts.ts";
import type { Redis, RedisOptions } from "ioredis";

/*
 * How Sluice holds a connection to Redis: every command ends within half a second, none waits for a
 * connection that is not there and none is sent twice, so that an exchange can go on without its store;
 * the connection itself comes back without end. Messages never hold the URL, since it may hold a password.
 */

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

/** Who is told how the connection fares. */
export interface RedisWatcher {
  /** Once for each time that the connection is lost, or cannot be made. The message holds no secret. */
  readonly onTrouble: (error: Error) => void;
  /** Once for each `onTrouble`, when commands can be sent again. */
  readonly onWell: () => void;
}

/** One connection: where to, and its name in `CLIENT LIST`. */
export interface RedisConnectOptions extends RedisWatcher {
  readonly url: string;
  readonly name: string;
}

/** Options of ioredis, in the part that its constructor takes from a variable. */
type ConnectionOptions = Omit<RedisOptions, "replyMapping">;

/** Connects at once and for ever; `disconnect()` ends it. @throws Error where the URL is none; see `redisOptions()`. */
export function connectRedis({ url, name, ...watcher }: RedisConnectOptions): Redis {
  const redis = new SteadyRedis({ ...redisOptions(url), connectionName: name });
  watchRedis(redis, watcher);
  return redis;
}

/** Reports a connection's troubles. Without any listener ioredis would print each of them. */
export function watchRedis(redis: Redis, { onTrouble, onWell }: RedisWatcher): void {
  let troubled = false;
  const trouble = (why: string): void => {
    if (troubled) return;
    troubled = true;
    // A new error: ioredis puts the command on its own, and the command may be AUTH.
    onTrouble(new StoreFault(`Redis is out of reach: ${why}`));
  };
  redis.on("error", (error: Error) => trouble(error.message));
  redis.on("reconnecting", () => trouble("the connection was lost"));
  redis.on("ready", () => {
    if (!troubled) return;
    troubled = false;
    onWell();
  });
}

/**
 * What `new Redis()`, or a class made from it, is built with for `redis://` or `rediss://` (TLS)
 * `[user:password@]host[:port][/database]`, or `sentinel://[user:password@]host[:port],.../master[/database]`,
 * where user and password are those of Redis.
 * @throws Error for any other URL, with a message that does not hold it.
 */
export function redisOptions(url: string): ConnectionOptions {
  return { ...target(url), ...manner() };
}

/** The passwords in such a URL; none where it is no such URL. */
export function redisPasswords(url: string): string[] {
  try {
    const { password } = namesCluster(url) ? clusterTarget(url) : redisOptions(url);
    return password ? [password] : [];
  } catch {
    return [];
  }
}

function manner(): ConnectionOptions {
  return {
    ...BOUNDS,
    enableOfflineQueue: false,
    retryStrategy: retryDelayMs,
    sentinelRetryStrategy: retryDelayMs,
    sentinelCommandTimeout: COMMAND_MS,
    // After a failover the old master is a replica that answers: look for the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  };
}

function target(url: string): ConnectionOptions {
  try {
    return url.startsWith("sentinel:") ? sentinelTarget(url) : directTarget(new URL(url));
  } catch {
    throw new Error(
      "The Redis URL must look like redis://user:password@host:6379/0, rediss://... for TLS, sentinel://host:26379,host:26379/master, or cluster://host:6379,host:6379",
    );
  }
}

function directTarget(url: URL): ConnectionOptions {
  const secure = url.protocol === "rediss:";
  if ((!secure && url.protocol !== "redis:") || url.hostname === "" || url.search !== "") {
    throw new TypeError("not a Redis URL");
  }
  const host = withoutBrackets(url.hostname);
  return {
    host,
    port: url.port === "" ? REDIS_PORT : Number(url.port),
    ...credentials(url.username, url.password),
    ...database(url.pathname.slice(1)),
    // Node names no server by itself, and hosts that share an address need the name.
    ...(secure ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  };
}

const SENTINEL_URL =
  /^sentinel:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)\/(?<master>[^/?#]+)(?:\/(?<database>\d*))?$/;

function sentinelTarget(url: string): ConnectionOptions {
  const parts = SENTINEL_URL.exec(url)?.groups;
  if (!parts) throw new TypeError("not a Sentinel URL");
  return {
    sentinels: (parts["hosts"] ?? "").split(",").map((text) => addressOf(text, SENTINEL_PORT)),
    name: decodeURIComponent(parts["master"] ?? ""),
    // After a fail-over by order the old primary goes on as one for ten seconds, and takes writes that will be lost.
    failoverDetector: true,
    ...credentials(parts["user"] ?? "", parts["password"] ?? ""),
    ...database(parts["database"] ?? ""),
  };
}

function database(text: string): ConnectionOptions {
  if (text === "") return {};
  if (!/^\d+$/.test(text)) throw new TypeError("not a database number");
  return { db: Number(text) };
}

/** Resolves once commands can be sent. @throws StoreFault where that takes more than `ms`, or the connection was ended. */
export async function redisReady(redis: Redis, ms: number): Promise<void> {
  if (redis.status === "ready") return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last = "no answer";
  const hear = (error: Error): void => {
    last = error.message;
  };
  const ended = (): void => reject(new StoreFault("The connection to Redis was ended"));
  const timer = setTimeout(() => {
    reject(new StoreFault(`Redis was not ready within ${ms} ms: ${last}`));
  }, ms);
  redis.on("ready", resolve).on("error", hear).on("end", ended);
  try {
    if (redis.status === "end") ended();
    await promise;
  } finally {
    clearTimeout(timer);
    redis.off("ready", resolve).off("error", hear).off("end", ended);
  }
}

/**
 * A Redis that evicts could forget what was sent (the ledger, under `allkeys-`) or that something was
 * changed (the generations of the cache, under `volatile-`), and nobody would notice. Where the policy may
 * not be asked for, it is trusted.
 * @throws Error that says what to change; StoreFault where Redis does not answer.
 */
export async function refuseEviction(redis: Redis): Promise<void> {
  const policy = (await policyByConfig(redis)) ?? (await policyByInfo(redis));
  if (policy === undefined || policy === "noeviction") return;
  throw new Error(
    `Redis has maxmemory-policy ${policy}: once its memory is full it would drop the record of what was sent or ` +
      "of what was changed, so that neither the limit nor the freshness after a write could be kept. " +
      "Set maxmemory-policy to noeviction, or give Sluice a Redis of its own.",
  );
}

function policyByConfig(redis: Redis): Promise<string | undefined> {
  return unlessForbidden(async () => {
    const reply: unknown = await redis.config("GET", "maxmemory-policy");
    return Array.isArray(reply) && typeof reply[1] === "string" ? reply[1] : undefined;
  });
}

/** Hosted services that forbid CONFIG mostly allow INFO. */
function policyByInfo(redis: Redis): Promise<string | undefined> {
  return unlessForbidden(
    async () => /^maxmemory_policy:(\S+)/m.exec(await redis.info("memory"))?.[1],
  );
}

async function unlessForbidden<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.name === "ReplyError") return undefined;
    throw new StoreFault(`Redis could not be asked for its eviction policy: ${String(error)}`);
  }
}
