import { Redis } from "ioredis";

/** One command on a connection of its own. @throws Error of ioredis, or where nothing answers within a second. */
export async function commandTo(
  url: string,
  [name, ...values]: readonly [string, ...(string | number | Buffer)[]],
): Promise<unknown> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 1000,
    commandTimeout: 1000,
  });
  redis.on("error", () => {});
  try {
    await redis.connect();
    return await redis.call(name, ...values);
  } finally {
    redis.disconnect();
  }
}

/**
 * Asks again where another fault has the server away, until it is back.
 * @throws What the last of a hundred attempts threw, ten seconds later.
 */
export async function onceBack<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 100) throw error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
}

/** Asks every 100 ms until it is so. @throws Error after 20 s. */
export async function untilTrue(what: string, ask: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    if (await ask().catch(() => false)) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`Waited in vain for ${what}`);
}
