import { describe, expect, it } from "vitest";
import { Metrics } from "../../src/observe/metrics.ts";

const IDLE = {
  draining: true,
  near: undefined,
  accounts: { waiting: 0, lost: 0 },
  upstreams: [],
};

describe("Metrics", () => {
  it("tells a scrape the instance, its build and the process", async () => {
    const metrics = new Metrics({ version: "1.2.3", node: "v26.0.0" }, []);
    const { text, contentType } = await metrics.scrape(IDLE);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('sluice_build_info{version="1.2.3",node="v26.0.0"} 1');
    expect(text).toContain("sluice_draining 1");
    expect(text).toMatch(/^sluice_event_loop_utilization_ratio [01]/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it("keeps the exchanges of several instances of one process apart", async () => {
    const [one, other] = [0, 1].map(() => new Metrics({ version: "", node: "" }, []));
    const cost = { upstream: "api", consumer: "a", route: "r", forwards: 1, units: 1 };
    one?.exchanges.addBackground({ ...cost, throttled: 1 });
    expect((await one?.scrape(IDLE))?.text).toContain('sluice_throttled_total{upstream="api"} 1');
    expect((await other?.scrape(IDLE))?.text).not.toContain('upstream="api"');
  });

  it("has names and units by Prometheus' conventions", () => {
    const all = new Metrics({ version: "", node: "" }, []).definitions;
    const own = all.filter(({ name }) => name.startsWith("sluice_"));
    expect(own.length).toBeGreaterThan(25);
    for (const { name, help, type } of own) {
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|kb)(?:_|$)/);
      expect([name, type !== "histogram" || name.endsWith("_seconds")]).toEqual([name, true]);
      expect([name, help.endsWith(".")]).toEqual([name, true]);
    }
  });
});
