import { propagation, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { request } from "undici";
import { eachField } from "../../src/http/fields.ts";
import { propagator, RecordingTracer } from "../support/recording-tracer.ts";
import { startWorld, type World } from "../support/gateway.ts";
import { cachePolicy, route } from "../support/settings.ts";
import { startToldWorld } from "../support/told-origin.ts";

/*
 * What a trace shows of an exchange, and what of it reaches the upstream.
 */

const TRACE = "a".repeat(32);
const PARENT = `00-${TRACE}-${"b".repeat(16)}-01`;

afterEach(() => {
  trace.disable();
  propagation.disable();
});

function sdk(): RecordingTracer {
  const tracer = new RecordingTracer();
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  propagation.setGlobalPropagator({ ...propagator, fields: () => ["traceparent"] });
  return tracer;
}

async function ask(world: World, path: string): Promise<void> {
  const headers = { traceparent: PARENT, tracestate: "vendor=1" };
  await (await request(`${world.base}${path}`, { headers })).body.dump();
}

/** What the upstream was told of traces by its last request. */
function toldLast(world: World): Record<string, string> {
  const fields = world.simulator.arrivals().at(-1)?.fields ?? [];
  return Object.fromEntries(
    [...eachField(fields)]
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => ["traceparent", "tracestate", "baggage"].includes(name)),
  );
}

describe("the upstream", () => {
  it("is told the forward's own place in the trace where somebody traces, and no baggage", async () => {
    const tracer = sdk();
    await using world = await startWorld();
    for (const path of ["/ticket/1", "/invoice/1"]) {
      await ask(world, path);
      const forward = tracer.spans.findLast(({ name }) => name === "forward");
      const { spanId } = forward?.spanContext() ?? {};
      expect(toldLast(world)).toEqual({ traceparent: `00-${TRACE}-${spanId}-01` });
    }
  });

  it("is told what the client sent where nobody traces; of a request for many the id alone", async () => {
    await using world = await startWorld();
    await ask(world, "/invoice/1");
    expect(toldLast(world)).toEqual({ traceparent: PARENT, tracestate: "vendor=1" });
    await ask(world, "/ticket/1");
    expect(toldLast(world)).toEqual({ traceparent: PARENT });
    // And no two clients are kept apart by it.
    await (await request(`${world.base}/ticket/1`)).body.dump();
    expect(world.simulator.arrivals()).toHaveLength(2);
  });
});

describe("a trace", () => {
  it("has the exchange and the steps on its path; what is answered from store has no more than the lookup", async () => {
    const tracer = sdk();
    await using world = await startWorld();
    await ask(world, "/ticket/1");
    await ask(world, "/ticket/1");
    await ask(world, "/invoice/1");
    await expect.poll(() => tracer.spans.every(({ ended }) => ended === 1)).toBe(true);
    expect(tracer.spans.map(({ name }) => name)).toEqual([
      "start",
      "GET /ticket/**",
      "lookup",
      "queue",
      "forward",
      "GET /ticket/**",
      "lookup",
      "GET",
      "queue",
      "forward",
    ]);
    const outcomes = tracer.spans.map(({ attributes }) => attributes["sluice.outcome"]);
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([
      "forwarded",
      "hit",
      "forwarded",
    ]);
    for (const { parent, name } of tracer.spans.slice(1)) {
      expect([name, parent?.traceId]).toEqual([name, TRACE]);
    }
    expect(JSON.stringify(tracer.spans)).not.toContain("sim-key");
  });

  it("has the refresh of what was answered stale, which the upstream is told as well", async () => {
    const tracer = sdk();
    const cache = cachePolicy({ staleWhileRevalidateMs: 600_000 });
    const all = { methods: ["GET"], path: "/**" };
    const routes = [route({ name: "GET /**", match: all, safe: true, cache })];
    await using api = await startToldWorld({ upstream: { routes } });
    api.tell({ fields: { "Cache-Control": "max-age=60", Age: "61" }, body: "old" });
    for (let asked = 0; asked < 2; asked += 1) await api.ask("/x");
    const named = (wanted: string) => tracer.spans.filter(({ name }) => name === wanted);
    await expect.poll(() => named("refresh").map(({ ended }) => ended)).toEqual([1]);
    const [refresh] = named("refresh");
    const forward = named("forward").at(-1);
    expect(refresh?.parent?.spanId).toBe(named("GET /**")[1]?.spanContext().spanId);
    expect(forward?.parent?.spanId).toBe(refresh?.spanContext().spanId);
    expect(api.seen[1]?.fields["traceparent"]).toContain(forward?.spanContext().spanId);
  });
});
