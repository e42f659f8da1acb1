import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import {
  accessRecord,
  newNotes,
  recordOfHit,
  type AccessRecord,
} from "../../src/observe/access-record.ts";
import { problemTypes } from "../../src/http/problem.ts";
import { ExchangeMetrics } from "../../src/observe/exchange-metrics.ts";

const ENDING = { status: 200, totalMs: 120, bodyBytes: 0, end: "complete" } as const;
const WHO = { upstream: "api", consumer: "sync", route: "GET /a" };

function record(changes: Partial<AccessRecord> = {}): AccessRecord {
  return { ...accessRecord(newNotes("r", "GET"), ENDING), ...WHO, ...changes };
}

function open(upstreams: readonly string[] = []) {
  const registry = new Registry();
  const metrics = new ExchangeMetrics(registry, upstreams);
  const lines = async (name: string): Promise<string[]> =>
    (await registry.metrics()).split("\n").filter((line) => line.startsWith(name));
  return { metrics, lines };
}

describe("ExchangeMetrics", () => {
  it("tells what the tally holds, and once only however often it is asked", async () => {
    const { metrics, lines } = open();
    metrics.add(record({ cache: "hit", ageMs: 4000 }));
    metrics.add(record({ cache: "miss", forwards: 1, units: 3, throttled: 2, queueMs: 40 }));
    metrics.add(record({ problem: "queue-full", status: 429 }));
    metrics.addBackground({ ...WHO, forwards: 1, units: 3, throttled: 0 });
    await lines("");
    const who = 'upstream="api",consumer="sync",route="GET /a"';
    expect(await lines("sluice_exchanges_total")).toEqual([
      `sluice_exchanges_total{${who},outcome="hit"} 1`,
      `sluice_exchanges_total{${who},outcome="forwarded"} 1`,
      `sluice_exchanges_total{${who},outcome="refused"} 1`,
    ]);
    const spender = 'upstream="api",consumer="sync"';
    expect(await lines("sluice_forwards_total")).toEqual([`sluice_forwards_total{${spender}} 2`]);
    expect(await lines("sluice_units_total")).toEqual([`sluice_units_total{${spender}} 6`]);
    expect(await lines("sluice_throttled_total")).toEqual([
      'sluice_throttled_total{upstream="api"} 2',
    ]);
    expect((await lines("sluice_problems_total")).filter((line) => !line.endsWith(" 0"))).toEqual([
      'sluice_problems_total{upstream="api",problem="queue-full"} 1',
    ]);
  });

  it("begins with zeros for each upstream, so that a rate sees the first violation and the first problem", async () => {
    const { lines } = open(["api"]);
    expect(await lines("sluice_throttled_total")).toEqual([
      'sluice_throttled_total{upstream="api"} 0',
    ]);
    const problems = await lines("sluice_problems_total");
    expect(problems).toHaveLength(Object.keys(problemTypes).length);
    expect(problems).toContain(
      'sluice_problems_total{upstream="api",problem="upstream-refused-key"} 0',
    );
    expect(await lines("sluice_queue_seconds_count")).toEqual([]);
  });

  it("measures waits of those who had something to wait for, calls, and ages of hits, in seconds", async () => {
    const { metrics, lines } = open();
    metrics.add(record({ cache: "hit", ageMs: 4000 }));
    metrics.add(record({ cache: "miss", forwards: 1, queueMs: 40, upstreamMs: 300 }));
    expect(await lines("sluice_queue_seconds_")).toContain(
      'sluice_queue_seconds_count{upstream="api"} 1',
    );
    expect(await lines("sluice_queue_seconds_bucket")).toContain(
      'sluice_queue_seconds_bucket{le="0.05",upstream="api"} 1',
    );
    expect(await lines("sluice_upstream_seconds_sum")).toEqual([
      'sluice_upstream_seconds_sum{upstream="api"} 0.3',
    ]);
    expect(await lines("sluice_hit_age_seconds_sum")).toEqual([
      'sluice_hit_age_seconds_sum{upstream="api"} 4',
    ]);
    expect(await lines("sluice_exchange_seconds_count")).toEqual([
      'sluice_exchange_seconds_count{upstream="api"} 2',
    ]);
  });

  it("takes hits of one kind as it takes their whole records", async () => {
    const [one, other] = [open(), open()];
    const known = { method: "GET", path: "/a", weight: 1, policies: [], status: 200, bodyBytes: 0 };
    const kind = { ...WHO, ...known };
    const hits = [0.04, 7].map((totalMs) => {
      return { kind, requestId: "r", isGivenId: false, ttlMs: 1, ageMs: 4000.06, totalMs };
    });
    one.metrics.addHits(kind, hits);
    for (const hit of hits) other.metrics.add(recordOfHit(hit));
    expect(await one.lines("")).toEqual(await other.lines(""));
    expect(await one.lines("sluice_exchanges_total")).toEqual([
      'sluice_exchanges_total{upstream="api",consumer="sync",route="GET /a",outcome="hit"} 2',
    ]);
  });
});
