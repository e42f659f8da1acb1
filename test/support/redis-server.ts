import { execFile } from "node:child_process";
import { access, constants, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import type { TestProject } from "vitest/node";
import { startCluster } from "./redis-cluster.ts";
import { startRedis } from "./redis-instance.ts";
import {
  noRedisMessage,
  redisSources,
  type RedisSource,
  type Surroundings,
} from "./redis-source.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis that all tests of a run share: each takes a prefix of its own. */
    redisUrl: string;
    /** A Cluster of three that all tests of a run share: each takes a prefix of its own. It may take its time. */
    redisClusterUrl: string;
  }
}

/** A hanging Docker costs no more than this, in milliseconds. */
const PROBE_MS = 5000;
const IMAGE = "redis:7-alpine";
const NO_SERVICES = "/usr/sbin/policy-rc.d";

interface RunningRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** Finds or starts the Redis of a test run, provides its URL, and returns what ends it again. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await findRedis();
  const cluster = await startCluster();
  project.provide("redisUrl", redis.url);
  project.provide("redisClusterUrl", cluster.url);
  return async () => {
    await redis.stop();
    await cluster[Symbol.asyncDispose]();
  };
}

async function findRedis(): Promise<RunningRedis> {
  const troubles: string[] = [];
  for (const source of redisSources(await lookAround())) {
    try {
      return await START[source]();
    } catch (error) {
      troubles.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(noRedisMessage(troubles));
}

const START: Record<RedisSource, () => Promise<RunningRedis>> = {
  given: useGiven,
  container: startContainer,
  server: startRedis,
  async install() {
    await installServer();
    return startRedis();
  },
};

async function lookAround(): Promise<Surroundings> {
  const givenUrl = process.env["TEST_REDIS_URL"] ?? "";
  return {
    givenUrl,
    dockerAnswers: givenUrl === "" && (await dockerAnswers()),
    serverOnPath: await onPath("redis-server"),
    ci: (process.env["CI"] ?? "") !== "",
    root: process.getuid?.() === 0,
    debian: await onPath("apt-get"),
  };
}

async function useGiven(): Promise<RunningRedis> {
  const url = process.env["TEST_REDIS_URL"] ?? "";
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: PROBE_MS,
    commandTimeout: PROBE_MS,
  });
  redis.on("error", () => {});
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
  return { url, stop: async () => {} };
}

async function dockerAnswers(): Promise<boolean> {
  const bound = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => bound.resolve(false), PROBE_MS);
  try {
    return await Promise.race([askDocker().catch(() => false), bound.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The client library is loaded only here, since that alone takes a few hundred milliseconds. */
async function askDocker(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import("testcontainers");
  await getContainerRuntimeClient();
  return true;
}

async function startContainer(): Promise<RunningRedis> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(6379)
    .withCommand(["redis-server", "--save", "", "--appendonly", "no"])
    .withWaitStrategy(Wait.forLogMessage("Ready to accept connections"))
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    async stop() {
      await container.stop();
    },
  };
}

async function installServer(): Promise<void> {
  say(
    "Redis for tests: none found, so redis-server is installed (apt-get install -y redis-server).",
  );
  const undo = await withoutServices();
  try {
    await aptGet(["install", "-y", "redis-server"]).catch(async () => {
      say("Redis for tests: the package lists are fetched first (apt-get update).");
      await aptGet(["update"]);
      await aptGet(["install", "-y", "redis-server"]);
    });
  } finally {
    await undo();
  }
}

async function aptGet(args: string[]): Promise<void> {
  const environment = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
  const [command = "", ...rest] =
    process.getuid?.() === 0 ? environment : ["sudo", "-n", ...environment];
  await promisify(execFile)(command, rest, { timeout: 240_000, maxBuffer: 50_000_000 });
}

/** Debian starts what it installs unless this file says no; where it may not be written, it is left so. */
async function withoutServices(): Promise<() => Promise<void>> {
  try {
    await writeFile(NO_SERVICES, "#!/bin/sh\nexit 101\n", { flag: "wx", mode: 0o755 });
    return () => rm(NO_SERVICES, { force: true });
  } catch {
    return async () => {};
  }
}

async function onPath(program: string): Promise<boolean> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
