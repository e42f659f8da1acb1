import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BalancedLoad } from "../../support/balanced-load.ts";
import { runGateway, runSimulator, type GatewayProcess } from "../../support/instance.ts";
import { worstWindow } from "../../support/ledger-world.ts";
import { processConfig, STORED_TICKETS } from "../../support/process-config.ts";
import { startRedis, type RedisInstance } from "../../support/redis-instance.ts";

/*
 * Promises P1, P3 and P11 over a whole deploy: three instances on one Redis make way for three others, one after the
 * other, while clients read and write before an upstream that refuses what exceeds its limit.
 */

const LIMIT = 100;
const WINDOW_MS = 2000;

let redis: RedisInstance;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

interface Arrival {
  readonly atMs: number;
  readonly method: string;
  readonly status: number;
  readonly bodyText: string;
}

describe("a rolling deploy of three instances under load", () => {
  it("fails no exchange, exceeds no window and repeats no write", async () => {
    await using stack = new AsyncDisposableStack();
    const simulator = stack.use(await runSimulator(LIMIT, WINDOW_MS));
    const api = {
      quotas: [{ limit: LIMIT, window: `${WINDOW_MS}ms`, pad: "1s" }],
      routes: STORED_TICKETS,
    };
    const config = processConfig({ url: simulator.url, store: { redis: redis.url }, api });
    const add = async (): Promise<GatewayProcess> => stack.use(await runGateway(config));
    const olds = await Promise.all([add(), add(), add()]);
    const behindBalancer = new Set(olds);
    const targets = (): string[] => [...behindBalancer].map(({ url }) => url);
    const load = new BalancedLoad({ clients: 24, targets, writes: 1, pauseMs: 20 });
    const { tally } = load;
    await expect.poll(() => tally.answered, { timeout: 40_000 }).toBeGreaterThan(100);
    const codes: (number | null)[] = [];
    for (const old of olds) {
      behindBalancer.add(await add());
      codes.push(await old.stop("SIGTERM"));
      behindBalancer.delete(old);
    }
    const before = tally.answered;
    await expect.poll(() => tally.answered - before, { timeout: 40_000 }).toBeGreaterThan(100);
    await load.stop();
    const arrivals = await simulator.ask<Arrival[]>("GET", "/arrivals");
    const { violations } = await simulator.ask<{ violations: number }>("GET", "/seen");
    const worst = worstWindow(
      arrivals.map(({ atMs }) => atMs),
      WINDOW_MS,
    );
    process.stdout.write(
      `rolling deploy of three: ${tally.answered} answered (${tally.written.length} writes), ${tally.movedOn} asked elsewhere, ${tally.dropped.length} failed; ${violations} violations, worst window ${worst} of ${LIMIT}\n`,
    );
    expect(tally.dropped).toEqual([]);
    expect(codes).toEqual([0, 0, 0]);
    expect(violations).toBe(0);
    expect(worst).toBeLessThanOrEqual(LIMIT);
    const writes = arrivals.filter(({ method }) => method === "PUT").map(numberOf);
    expect(writes.toSorted(byNumber)).toEqual(tally.written.toSorted(byNumber));
    expect(writes.length).toBeGreaterThan(20);
  }, 180_000);
});

function numberOf({ bodyText }: Arrival): number {
  return Number(/write (\d+)/.exec(bodyText)?.[1]);
}

function byNumber(a: number, b: number): number {
  return a - b;
}
