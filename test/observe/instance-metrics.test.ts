import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { registerInstance, type InstanceState } from "../../src/observe/instance-metrics.ts";

const STATE: InstanceState = {
  draining: false,
  near: { entries: 7, bytes: 9000, hits: 50, misses: 4 },
  accounts: { waiting: 2, lost: 1 },
  upstreams: [
    {
      upstream: "api",
      waiting: 3,
      underWay: 2,
      pauses: 5,
      storeReachable: true,
      pausedForMs: 1500,
      paused: true,
      circuit: { state: "half-open", openings: 2 },
      ledger: { waiting: 9, underWay: 4 },
      quotas: [
        { quota: "api", limit: 150, configured: 200, foreign: 30, windowMs: 60_000, used: 120 },
      ],
    },
  ],
};

async function told(...states: InstanceState[]): Promise<string[]> {
  const registry = new Registry();
  const tell = registerInstance(registry);
  for (const state of states) tell(state);
  return (await registry.metrics()).split("\n").filter((line) => line.startsWith("sluice_"));
}

describe("registerInstance()", () => {
  it("tells the state in base units", async () => {
    expect(await told(STATE, STATE)).toEqual([
      "sluice_draining 0",
      'sluice_store_reachable{upstream="api"} 1',
      'sluice_quota_parts{upstream="api"} 0',
      'sluice_quota_limit{upstream="api",quota="api"} 150',
      'sluice_quota_configured_limit{upstream="api",quota="api"} 200',
      'sluice_quota_foreign_units{upstream="api",quota="api"} 30',
      'sluice_quota_window_seconds{upstream="api",quota="api"} 60',
      'sluice_quota_used{upstream="api",quota="api"} 120',
      'sluice_paused{upstream="api"} 1',
      'sluice_pause_remaining_seconds{upstream="api"} 1.5',
      'sluice_circuit_open{upstream="api"} 1',
      'sluice_waiting{upstream="api"} 3',
      'sluice_under_way{upstream="api"} 2',
      'sluice_ledger_waiting{upstream="api"} 9',
      'sluice_ledger_under_way{upstream="api"} 4',
      "sluice_near_cache_entries 7",
      "sluice_near_cache_bytes 9000",
      "sluice_accounts_waiting 2",
      'sluice_pauses_total{upstream="api"} 5',
      'sluice_circuit_openings_total{upstream="api"} 2',
      "sluice_near_cache_hits_total 50",
      "sluice_near_cache_misses_total 4",
      "sluice_accounts_lost_total 1",
    ]);
  });

  it("leaves out what is not known, instead of what was known before", async () => {
    const [upstream] = STATE.upstreams;
    if (!upstream) throw new Error("The state has an upstream.");
    const { ledger: _ledger, ...rest } = upstream;
    const quotas = upstream.quotas.map(({ used: _used, ...known }) => known);
    const away = { ...STATE, upstreams: [{ ...rest, storeReachable: false, apart: 3, quotas }] };
    const lines = (await told(STATE, away)).join("\n");
    expect(lines).toContain('sluice_store_reachable{upstream="api"} 0');
    expect(lines).toContain('sluice_quota_parts{upstream="api"} 3');
    expect(lines).not.toMatch(/sluice_quota_used|sluice_ledger_/);
  });
});
