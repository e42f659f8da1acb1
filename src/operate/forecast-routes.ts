import { Hono } from "hono";
import { problem, type AdminContext } from "./answers.ts";
import { forecastView } from "./forecast-view.ts";
import { quoted } from "./reference.ts";
import { StoreFault } from "../ports/faults.ts";
import type { HttpBindings } from "@hono/node-server";
import type { Forecaster } from "../schedule/forecaster.ts";

/** What the route of forecasts is built with. */
export interface ForecastRouteParts {
  /** By upstream, as they are now. */
  readonly forecasters: () => ReadonlyMap<string, Pick<Forecaster, "forecast">>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** `/forecast` on the admin port. The caller has heard the request already (guard.ts). */
export function forecastRoutes(
  parts: ForecastRouteParts,
): Hono<{ Bindings: Partial<HttpBindings> }> {
  const routes = new Hono<{ Bindings: Partial<HttpBindings> }>();
  routes.get("/", (context) => answer(context, parts));
  return routes;
}

async function answer(context: AdminContext, parts: ForecastRouteParts): Promise<Response> {
  const { now } = parts;
  const forecasters = parts.forecasters();
  const named = context.req.query("upstream");
  if (named !== undefined && !forecasters.has(named)) {
    const names = [...forecasters.keys()].join(", ");
    return problem(context, 400, `No upstream is ${quoted(named)}. There are: ${names}.`);
  }
  const asked = [...forecasters].filter(([name]) => named === undefined || name === named);
  try {
    const { signal } = context.req.raw;
    const upstreams = await Promise.all(
      asked.map(async ([upstream, forecaster]) => {
        const told = await forecaster.forecast(signal);
        return { upstream, ...forecastView(told, now()) };
      }),
    );
    return context.json({ upstreams });
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    return problem(context, 503, "The store that keeps the quota is out of reach. Ask again.");
  }
}
