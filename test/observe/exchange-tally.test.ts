import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accessRecord, newNotes, type AccessRecord } from "../../src/observe/access-record.ts";
import { ExchangeTally } from "../../src/observe/exchange-tally.ts";

const ENDING = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
const WHO = { upstream: "api", consumer: "sync", route: "GET /a" };

function record(changes: Partial<AccessRecord> = {}): AccessRecord {
  return { ...accessRecord(newNotes("r", "GET"), ENDING), ...WHO, ...changes };
}

describe("ExchangeTally", () => {
  it("counts an exchange under its consumer, route and outcome, and what it cost", () => {
    const tally = new ExchangeTally([]);
    tally.add(record({ cache: "hit" }));
    tally.add(record({ cache: "miss", forwards: 2, units: 6, throttled: 1 }));
    tally.add(record({ problem: "queue-full", status: 429 }));
    tally.add(record({ cache: "miss", collapsed: true }));
    expect([...tally.pairs]).toMatchObject([
      {
        ...WHO,
        outcomes: { hit: 1, forwarded: 1, refused: 1, collapsed: 1, failed: 0 },
      },
    ]);
    const { upstream, consumer } = WHO;
    expect([...tally.spenders]).toMatchObject([{ upstream, consumer, forwards: 2, units: 6 }]);
    expect([...tally.upstreams]).toEqual([
      { upstream: "api", throttled: 1, collapsed: 1, problems: new Map([["queue-full", 1]]) },
    ]);
  });

  it("counts what the background sent, and no exchange", () => {
    const tally = new ExchangeTally([]);
    tally.addBackground({ ...WHO, forwards: 1, units: 3, throttled: 1 });
    expect([...tally.spenders]).toMatchObject([{ forwards: 1, units: 3 }]);
    expect([...tally.pairs]).toEqual([]);
    expect([...tally.upstreams]).toMatchObject([{ throttled: 1 }]);
  });

  it("names what never came as far as an upstream", () => {
    const tally = new ExchangeTally([]);
    const nothing = { upstream: undefined, consumer: undefined, route: undefined };
    tally.add(record({ ...nothing, problem: "no-such-mount", status: 404 }));
    expect([...tally.pairs]).toMatchObject([
      { upstream: "(none)", consumer: "(none)", route: "(none)", outcomes: { refused: 1 } },
    ]);
  });

  it("never lets the units fall, whatever comes back, and ends where the sum does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 5 })), (costs) => {
        const tally = new ExchangeTally([]);
        let last = 0;
        for (const units of costs) {
          tally.addBackground({ ...WHO, forwards: 0, units, throttled: 0 });
          const now = [...tally.spenders][0]?.units ?? 0;
          expect(now).toBeGreaterThanOrEqual(last);
          last = now;
        }
        const [spender] = [...tally.spenders];
        const sum = costs.reduce((total, units) => total + units, 0);
        expect((spender?.units ?? 0) - (spender?.owed ?? 0)).toBe(sum);
      }),
    );
  });

  it("holds a hundred consumers and counts further ones as other", () => {
    const tally = new ExchangeTally([]);
    for (let index = 0; index < 1000; index += 1) tally.add(record({ consumer: `c${index}` }));
    tally.add(record({ consumer: "c7" }));
    const pairs = [...tally.pairs];
    expect(pairs).toHaveLength(101);
    expect(pairs.at(-1)).toMatchObject({ consumer: "other", outcomes: { forwarded: 900 } });
    expect(pairs[7]).toMatchObject({ consumer: "c7", outcomes: { forwarded: 2 } });
    for (let index = 0; index < 1000; index += 1) {
      const cost = { consumer: `d${index}`, forwards: 1, units: 1, throttled: 0 };
      tally.addBackground({ ...WHO, ...cost });
    }
    expect([...tally.spenders]).toMatchObject([{ consumer: "other", forwards: 1000 }]);
  });

  it("holds two thousand pairs and counts further ones together, losing none", () => {
    const tally = new ExchangeTally([]);
    for (let index = 0; index < 12_000; index += 1) {
      tally.add(record({ consumer: `c${index % 60}`, route: `GET /${Math.floor(index / 60)}` }));
    }
    const pairs = [...tally.pairs];
    expect(pairs).toHaveLength(2001);
    expect(pairs.at(-1)).toMatchObject({ consumer: "other", route: "other" });
    const all = pairs.reduce((sum, { outcomes }) => sum + outcomes.forwarded, 0);
    expect(all).toBe(12_000);
  });
});
