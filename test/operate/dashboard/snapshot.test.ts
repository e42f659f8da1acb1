import { describe, expect, it } from "vitest";
import {
  consumerRows,
  MOST_CONSUMERS,
  MOST_ROUTES,
  quotaView,
  routeRows,
} from "../../../src/operate/dashboard/snapshot.ts";
import { standing, outlook } from "../../support/outlook.ts";

const TERMS = {
  upstream: "api",
  quotas: [{ name: "test", limit: 20, windowMs: 6000, padMs: 200 }],
  concurrency: 10,
  maxWaiting: 100,
  forwardMs: 1000,
  firstPauseMs: 1000,
  maxPauseMs: 60_000,
};

function sumsOf(of: Readonly<Record<string, number>>) {
  return new Map(
    Object.entries(of).map(([name, units]) => [name, { a: 2 * units, h: units, u: units }]),
  );
}

function reading(consumers: Readonly<Record<string, number>>, routes = consumers) {
  const units = Object.values(consumers).reduce((all, one) => all + one, 0);
  const total = { a: 2 * units, h: units, u: units };
  return {
    minutes: [],
    recent: {},
    sums: { total, consumers: sumsOf(consumers), routes: sumsOf(routes) },
  };
}

const many = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, count - index]));

describe("consumerRows()", () => {
  it("has everybody who asked, waits or is configured, who spent most first", () => {
    const known = [
      { name: "idle", weight: 2, enabled: true, inFile: true },
      { name: "b", weight: 1, enabled: true, inFile: false },
    ];
    const seen = outlook({
      consumers: [standing("b", 3), standing("w", 1), standing("gone", 0)],
    });
    const waits = new Map([["b", 1500]]);
    const inputs = { reading: reading({ a: 1, b: 3 }), outlook: seen, known, waits };
    const { rows, others } = consumerRows(inputs);
    expect(rows.map(({ name }) => name)).toEqual(["b", "a", "w", "idle"]);
    expect(rows[0]).toMatchObject({ spent: 0.75, share: 0.2, waiting: 3, waitMs: 1500 });
    expect(rows[3]).toMatchObject({ spent: 0, share: 0.4, waiting: 0, known: { inFile: true } });
    expect(others.count).toBe(0);
  });

  it("adds up those beyond the bound", () => {
    const inputs = { outlook: undefined, known: [], waits: new Map() };
    const rows = consumerRows({ ...inputs, reading: reading(many(MOST_CONSUMERS + 2)) });
    expect(rows.rows).toHaveLength(MOST_CONSUMERS);
    expect(rows.others).toMatchObject({ count: 2, tally: { units: 3, asked: 6 } });
  });
});

describe("routeRows()", () => {
  it("shows what spent most, and adds up the rest", () => {
    const { rows, others } = routeRows({ reading: reading(many(MOST_ROUTES + 1)) });
    expect(rows).toHaveLength(MOST_ROUTES);
    expect(rows[0]?.name).toBe("n0");
    expect(others).toMatchObject({ count: 1, tally: { units: 1 } });
  });
});

describe("quotaView()", () => {
  it("tells the tightest quota and the line before it", () => {
    const seen = outlook({
      quotas: [{ quota: "test", used: 4, frees: [] }],
      consumers: [standing("a", 2)],
    });
    const view = quotaView(seen, TERMS, TERMS.quotas);
    expect(view).toMatchObject({ used: 4, limit: 20, configured: 20, waiting: 2 });
    expect(quotaView(seen, { ...TERMS, quotas: [] }, TERMS.quotas)).toBeUndefined();
  });

  it("tells the limit that is kept beside the configured one", () => {
    const configured = TERMS.quotas.map((quota) => ({ ...quota, limit: 30 }));
    expect(quotaView(outlook(), TERMS, configured)).toMatchObject({ limit: 20, configured: 30 });
  });
});
