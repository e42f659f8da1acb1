/** Where a Redis for tests can come from. */
export type RedisSource = "given" | "container" | "server" | "install";

/** What was found out about the machine. */
export interface Surroundings {
  /** TEST_REDIS_URL; `""` where it is not set. */
  readonly givenUrl: string;
  readonly dockerAnswers: boolean;
  /** `redis-server` is on the PATH. */
  readonly serverOnPath: boolean;
  readonly ci: boolean;
  readonly root: boolean;
  /** `apt-get` is there. */
  readonly debian: boolean;
}

/**
 * The sources to try, first to last. One that was named on purpose is not replaced by another; a
 * package is installed only where nothing else is there and the machine is one's own to change.
 */
export function redisSources(found: Surroundings): RedisSource[] {
  if (found.givenUrl !== "") return ["given"];
  const sources: RedisSource[] = [];
  if (found.dockerAnswers) sources.push("container");
  if (found.serverOnPath) sources.push("server");
  else if (found.debian && (found.ci || found.root)) sources.push("install");
  return sources;
}

/** What to tell who has no Redis; `troubles` are those of the sources that were tried. */
export function noRedisMessage(troubles: readonly string[]): string {
  return [
    "These tests need a Redis (7 or later) and none was found. Any of these helps:",
    "  1. TEST_REDIS_URL=redis://host:port names one that the tests may fill.",
    "  2. Docker runs, so that a container can be started (redis:7-alpine).",
    "  3. redis-server is on the PATH.",
    "  4. On Debian or its kin, as root or with CI=1, it is installed by apt-get.",
    ...troubles.map((trouble) => `Tried: ${trouble}`),
  ].join("\n");
}
