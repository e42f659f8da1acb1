import {
  trace,
  type Attributes,
  type AttributeValue,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
} from "@opentelemetry/api";
import type { Propagator } from "../../src/adapters/otel-tracing.ts";

/** A span that remembers what it was told. */
export class RecordedSpan implements Span {
  name: string;
  readonly options: SpanOptions;
  readonly parent: SpanContext | undefined;
  readonly attributes: Record<string, unknown> = {};
  /** Whatever else it was told: events, links, exceptions, names. */
  readonly told: unknown[] = [];
  readonly #context: SpanContext;
  status: SpanStatus | undefined;
  ended = 0;

  constructor(
    name: string,
    options: SpanOptions,
    known: { readonly parent: SpanContext | undefined; readonly spanId: string },
  ) {
    this.name = name;
    this.options = options;
    this.parent = known.parent;
    const traceId = known.parent?.traceId ?? "f".repeat(32);
    this.#context = { traceId, spanId: known.spanId, traceFlags: 1 };
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  setAttribute(name: string, value: AttributeValue): this {
    this.attributes[name] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes);
    return this;
  }

  addEvent(...event: unknown[]): this {
    this.told.push(event);
    return this;
  }

  addLink(link: unknown): this {
    this.told.push(link);
    return this;
  }

  addLinks(links: unknown[]): this {
    this.told.push(...links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }

  updateName(name: string): this {
    this.told.push(this.name);
    this.name = name;
    return this;
  }

  end(): void {
    this.ended += 1;
  }

  isRecording(): boolean {
    return this.ended === 0;
  }

  recordException(exception: unknown): void {
    this.told.push(exception);
  }
}

/** A tracer that keeps its spans, in the order in which they began. */
export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = [];

  startSpan(name: string, options: SpanOptions = {}, context?: Context): Span {
    const parent = context && trace.getSpanContext(context);
    const spanId = String(this.spans.length + 1).padStart(16, "0");
    const span = new RecordedSpan(name, options, { parent, spanId });
    this.spans.push(span);
    return span;
  }

  startActiveSpan(): never {
    throw new Error("Nobody asks for this here.");
  }
}

/** The format of W3C Trace Context; and, as SDKs do by default, the baggage of the system around. */
export const propagator: Propagator = {
  extract(context, carrier, getter) {
    const given = getter.get(carrier, "traceparent");
    const [, traceId, spanId] = String(given).split("-");
    if (traceId === undefined || spanId === undefined) return context;
    return trace.setSpanContext(context, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context);
    if (!span) return;
    setter.set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-01`);
    setter.set(carrier, "baggage", "tenant=ours");
  },
};
