import { tallyOf } from "../../src/observe/account-counts.ts";
import type { Snapshot } from "../../src/operate/dashboard/snapshot.ts";

/** When the snapshots of tests are taken: 09:41:30 UTC. */
export const NOW = Date.parse("2026-11-25T09:41:30Z");

/** What the page shows when nobody has asked yet. */
export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  const nothing = { rows: [], others: { count: 0, tally: tallyOf({}) } };
  return {
    at: NOW,
    upstream: "api",
    quota: {
      name: "api",
      limit: 20,
      configured: 20,
      windowMs: 6000,
      used: 14,
      blockedForMs: 0,
      probing: false,
      waiting: 3,
      maxWaiting: 200,
      underWay: 1,
      concurrency: 10,
    },
    samples: [],
    pauses: [],
    minutes: [],
    total: tallyOf({}),
    consumers: nothing,
    routes: nothing,
    stored: { responses: 5, bytes: 12_345, maxBytes: 1_000_000 },
    health: [{ name: "Upstream", state: "well", words: "answers" }],
    events: [],
    ...changes,
  };
}
