import { describe, expect, it } from "vitest";
import { forecastRoutes } from "../../src/operate/forecast-routes.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import type { MeasuredForecast } from "../../src/schedule/forecaster.ts";

const TOLD: MeasuredForecast = { horizonMs: 1, measuredMs: 1, consumers: [] };

function routes(forecast: () => Promise<MeasuredForecast> = () => Promise.resolve(TOLD)) {
  const forecasters = new Map(["api", "other"].map((name) => [name, { forecast }]));
  return forecastRoutes({ forecasters: () => forecasters, now: () => 0 });
}

describe("forecastRoutes()", () => {
  it("tells of all upstreams, or of the one that is named", async () => {
    const all = await (await routes().request("/")).json();
    expect(all).toMatchObject({ upstreams: [{ upstream: "api" }, { upstream: "other" }] });
    const one = await (await routes().request("/?upstream=other")).json();
    expect(one).toMatchObject({ upstreams: [{ upstream: "other", consumers: [] }] });
  });

  it("refuses an upstream that there is not, and names those there are", async () => {
    const answer = await routes().request("/?upstream=none");
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("api, other") });
  });

  it("says with 503 that the store is out of reach, and that something else is wrong with 500", async () => {
    const away = routes(() => Promise.reject(new StoreFault("away")));
    expect((await away.request("/")).status).toBe(503);
    const broken = routes(() => Promise.reject(new TypeError("defect")));
    broken.onError((_error, context) => context.body(null, 500));
    expect((await broken.request("/")).status).toBe(500);
  });
});
