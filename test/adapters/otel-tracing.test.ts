import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { openTracing, OtelTracing } from "../../src/adapters/otel-tracing.ts";
import { accessRecord, newNotes, type Notes } from "../../src/observe/access-record.ts";
import { Problem } from "../../src/http/problem.ts";
import { UpstreamFault } from "../../src/ports/faults.ts";
import { propagator, RecordingTracer } from "../support/recording-tracer.ts";

const TRACE = "a".repeat(32);
const PARENT = ["Traceparent", `00-${TRACE}-${"b".repeat(16)}-01`];
const SECRET = "sim-secret";
const ENDING = { status: 200, totalMs: 5, bodyBytes: 2, end: "complete" } as const;

function open() {
  const tracer = new RecordingTracer();
  const mask = { text: (text: string) => text.replaceAll(SECRET, "**********") };
  return { tracer, tracing: new OtelTracing({ tracer, propagator, mask }) };
}

function record(notes: Partial<Notes> = {}, ending: Partial<typeof ENDING> = {}) {
  return accessRecord({ ...newNotes("id-1", "GET"), ...notes }, { ...ENDING, ...ending });
}

describe("OtelTracing", () => {
  it("goes on in the client's trace, each step below the exchange", () => {
    const { tracer, tracing } = open();
    const exchange = tracing.begin({ method: "GET", fields: PARENT });
    exchange.step("queue").end({});
    exchange.step("forward").end({ status: 200 });
    exchange.end(record({ route: "GET /ticket/**" }));
    const [whole, queue, forward] = tracer.spans;
    expect(whole?.parent).toMatchObject({ traceId: TRACE, spanId: "b".repeat(16) });
    expect([whole?.name, whole?.options.kind]).toEqual(["GET /ticket/**", SpanKind.SERVER]);
    expect([queue?.name, queue?.options.kind]).toEqual(["queue", SpanKind.INTERNAL]);
    expect([forward?.name, forward?.options.kind]).toEqual(["forward", SpanKind.CLIENT]);
    expect(forward?.attributes).toEqual({ "http.response.status_code": 200 });
    for (const step of [queue, forward]) {
      expect(step?.parent?.spanId).toBe(whole?.spanContext().spanId);
    }
    expect(tracer.spans.map(({ ended }) => ended)).toEqual([1, 1, 1]);
  });

  it("puts a refresh below the exchange that caused it, and the steps of it below that", () => {
    const { tracer, tracing } = open();
    const exchange = tracing.begin({ method: "GET", fields: PARENT });
    const refresh = exchange.refresh();
    exchange.end(record());
    refresh.step("forward").end({ status: 200 });
    refresh.end({ error: new Problem("upstream-timeout", { detail: SECRET }) });
    const [whole, background, forward] = tracer.spans;
    expect([background?.name, background?.options.kind]).toEqual(["refresh", SpanKind.INTERNAL]);
    expect(background?.parent?.spanId).toBe(whole?.spanContext().spanId);
    expect(forward?.parent?.spanId).toBe(background?.spanContext().spanId);
    expect(background?.attributes).toEqual({ "error.type": "upstream-timeout" });
    expect(tracer.spans.map(({ ended }) => ended)).toEqual([1, 1, 1]);
    // One that a refresh itself would cause lies below it.
    refresh.refresh().end({});
    expect(tracer.spans[3]?.parent?.spanId).toBe(background?.spanContext().spanId);
  });

  it("begins a trace where the client has none", () => {
    const { tracer, tracing } = open();
    tracing.begin({ method: "GET", fields: [] }).end(record());
    expect(tracer.spans[0]?.parent).toBeUndefined();
  });

  it("hands a forward its own place in the trace, and nothing of the baggage around", () => {
    const { tracing } = open();
    const exchange = tracing.begin({ method: "GET", fields: PARENT });
    expect(exchange.step("lookup").fields).toEqual([]);
    expect(exchange.step("forward").fields).toEqual([
      "traceparent",
      `00-${TRACE}-0000000000000003-01`,
    ]);
  });

  it("tells what the access record tells, every secret overwritten (P9)", () => {
    const { tracer, tracing } = open();
    const notes = {
      path: `/ticket/${SECRET}`,
      upstream: "api",
      consumer: "sync",
      route: "unlisted",
      forwards: 1,
      units: 3,
      note: `what only the operator reads: ${SECRET}`,
    };
    tracing.begin({ method: "GET", fields: [] }).end(record(notes));
    expect(tracer.spans[0]?.attributes).toEqual({
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "http.route": "unlisted",
      "url.path": "/ticket/**********",
      "sluice.request_id": "id-1",
      "sluice.upstream": "api",
      "sluice.consumer": "sync",
      "sluice.cache": "none",
      "sluice.collapsed": false,
      "sluice.forwards": 1,
      "sluice.units": 3,
      "sluice.throttled": 0,
      "sluice.outcome": "forwarded",
    });
    expect(tracer.spans[0]?.name).toBe("GET");
  });

  it("marks failures as errors by their word alone, and refusals and clients that left not", () => {
    const { tracer, tracing } = open();
    const errors = [
      new Problem("queue-full", { detail: SECRET }),
      new UpstreamFault("timeout", SECRET),
      new Error("left"),
    ];
    const exchange = tracing.begin({ method: "GET", fields: [] });
    for (const error of errors) exchange.step("queue").end({ error });
    exchange.end(record({ problem: "upstream-timeout" }, { status: 504 as 200 }));
    const refused = tracing.begin({ method: "GET", fields: [] });
    refused.end(record({ problem: "queue-full" }, { status: 429 as 200 }));
    const told = tracer.spans.map(({ status, attributes }) => [
      status?.code,
      attributes["error.type"],
    ]);
    expect(told).toEqual([
      [SpanStatusCode.ERROR, "upstream-timeout"],
      [SpanStatusCode.ERROR, "queue-full"],
      [SpanStatusCode.ERROR, "timeout"],
      [undefined, undefined],
      [undefined, "queue-full"],
    ]);
    expect(JSON.stringify(tracer.spans)).not.toContain(SECRET);
  });
});

describe("openTracing()", () => {
  afterEach(() => trace.disable());

  it("is nothing without an SDK, and something with one", () => {
    const mask = { text: (text: string) => text };
    expect(openTracing(mask)).toBeUndefined();
    const tracer = new RecordingTracer();
    trace.setGlobalTracerProvider({ getTracer: () => tracer });
    expect(openTracing(mask)).toBeInstanceOf(OtelTracing);
    expect(tracer.spans).toMatchObject([{ name: "start", ended: 1 }]);
  });
});
