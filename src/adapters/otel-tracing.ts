import {
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
} from "@opentelemetry/api";
import { outcomeOf } from "../observe/outcome.ts";
import { eachField, fieldLines, type RawFields } from "../http/fields.ts";
import { Problem } from "../http/problem.ts";
import { UpstreamFault } from "../ports/faults.ts";
import type {
  ExchangeTrace,
  RefreshTrace,
  StepName,
  StepsTrace,
  StepTrace,
  TracedRecord,
  Tracing,
} from "../ports/tracing.ts";

/*
 * Spans by OpenTelemetry's interface. Who wants them loads an SDK before the gateway (`node --import ./tracing.mjs`);
 * without one there is no provider, and then there is no Tracing either, so that nothing is paid.
 */

/** How the place in a trace is read from fields and written into them. */
export interface Propagator {
  extract(context: Context, carrier: RawFields, getter: TextMapGetter<RawFields>): Context;
  inject(context: Context, carrier: string[], setter: TextMapSetter<string[]>): void;
}

/** What spans are made with. */
export interface OtelParts {
  readonly tracer: Tracer;
  readonly propagator: Propagator;
  /** Clients choose paths and ids, so that these may hold anything: every secret of the configuration is overwritten. */
  readonly mask: { text(text: string): string };
}

/** What passes to the upstream; baggage of the system around us is none of its business. */
const HANDED_ON = new Set(["traceparent", "tracestate"]);

const GETTER: TextMapGetter<RawFields> = {
  keys: (fields) => [...eachField(fields)].map(([name]) => name.toLowerCase()),
  get(fields, wanted) {
    const lines = fieldLines(fields, wanted);
    return lines.length === 0 ? undefined : [...lines];
  },
};

const SETTER: TextMapSetter<string[]> = {
  set(fields, name, value) {
    if (HANDED_ON.has(name.toLowerCase())) fields.push(name, value);
  },
};

const KINDS: Readonly<Record<StepName, SpanKind>> = {
  lookup: SpanKind.INTERNAL,
  queue: SpanKind.INTERNAL,
  forward: SpanKind.CLIENT,
};

/** Tracing where an SDK is there, which is found out with a span of its own; else `undefined`. */
export function openTracing(mask: OtelParts["mask"]): Tracing | undefined {
  const tracer = trace.getTracer("sluice");
  const span = tracer.startSpan("start");
  span.end();
  return isSpanContextValid(span.spanContext())
    ? new OtelTracing({ tracer, propagator: propagation, mask })
    : undefined;
}

/** Exchanges and their steps as spans. */
export class OtelTracing implements Tracing {
  readonly #parts: OtelParts;

  constructor(parts: OtelParts) {
    this.#parts = parts;
  }

  begin({ method, fields }: { readonly method: string; readonly fields: RawFields }) {
    const { tracer, propagator } = this.#parts;
    const parent = propagator.extract(ROOT_CONTEXT, fields, GETTER);
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
    return new OtelExchange(this.#parts, span, trace.setSpan(parent, span));
  }
}

class OtelSteps implements StepsTrace {
  readonly #parts: OtelParts;
  readonly #context: Context;

  constructor(parts: OtelParts, context: Context) {
    this.#parts = parts;
    this.#context = context;
  }

  refresh(): RefreshTrace {
    const span = this.#parts.tracer.startSpan(
      "refresh",
      { kind: SpanKind.INTERNAL },
      this.#context,
    );
    const steps = new OtelSteps(this.#parts, trace.setSpan(this.#context, span));
    return {
      step: (name) => steps.step(name),
      refresh: () => steps.refresh(),
      end: (result) => endStep(span, result),
    };
  }

  step(name: StepName): StepTrace {
    const { tracer, propagator } = this.#parts;
    const span = tracer.startSpan(name, { kind: KINDS[name] }, this.#context);
    const fields: string[] = [];
    if (name === "forward") {
      propagator.inject(trace.setSpan(this.#context, span), fields, SETTER);
    }
    return { fields, end: (result) => endStep(span, result) };
  }
}

class OtelExchange extends OtelSteps implements ExchangeTrace {
  readonly #mask: OtelParts["mask"];
  readonly #span: Span;

  constructor(parts: OtelParts, span: Span, context: Context) {
    super(parts, context);
    this.#mask = parts.mask;
    this.#span = span;
  }

  end(record: TracedRecord): void {
    const outcome = outcomeOf(record);
    const { method, route } = record;
    if (route !== undefined) this.#span.updateName(route === "unlisted" ? method : route);
    this.#span.setAttributes({
      ...attributesOf(record, this.#mask),
      "sluice.outcome": outcome,
    });
    if (outcome === "failed") this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end();
  }
}

/** Names as OpenTelemetry's conventions for HTTP have them; our own words under `sluice`. Those not known are left out. */
function attributesOf(record: TracedRecord, mask: OtelParts["mask"]): Attributes {
  const { requestId, method, path, upstream, consumer, route, cache, stale, problem } = record;
  const { collapsed, status, forwards, units, throttled } = record;
  const all: Readonly<Record<string, string | number | boolean | undefined>> = {
    "http.request.method": method,
    "http.response.status_code": status,
    "http.route": route,
    "url.path": path,
    "sluice.request_id": requestId,
    "sluice.upstream": upstream,
    "sluice.consumer": consumer,
    "sluice.cache": cache,
    "sluice.stale": stale,
    "sluice.collapsed": collapsed,
    "sluice.forwards": forwards,
    "sluice.units": units,
    "sluice.throttled": throttled,
    "error.type": problem,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === "string" ? mask.text(value) : value]];
    }),
  );
}

/** Of an error its word alone, since its text may say more. One whose client or flight has gone has none: it is no failure. */
function endStep(span: Span, { status, error }: Parameters<StepTrace["end"]>[0]): void {
  const word =
    error instanceof Problem ? error.type : error instanceof UpstreamFault ? error.kind : undefined;
  if (status !== undefined) span.setAttribute("http.response.status_code", status);
  if (word !== undefined) {
    span.setAttribute("error.type", word);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
