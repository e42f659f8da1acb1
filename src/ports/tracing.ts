import type { RawFields } from "../http/fields.ts";
import type { ProblemType } from "../http/problem.ts";
import type { StaleReason } from "../http/stale.ts";

/** Follows exchanges for whoever traces requests through a whole system. */
export interface Tracing {
  /** An exchange begins. Where the client's fields name a trace, it goes on in that. Never throws. */
  begin(request: { readonly method: string; readonly fields: RawFields }): ExchangeTrace;
}

/** A place in a trace, below which lies what is done for it. */
export interface StepsTrace {
  /** A step of the path begins. */
  step(name: StepName): StepTrace;
  /** Something stored begins to be refreshed in the background, since this was answered from it. */
  refresh(): RefreshTrace;
}

/** The trace of a refresh, which may go on when its exchange has ended. */
export interface RefreshTrace extends StepsTrace {
  /** It has ended, with an error where it failed. Once. */
  end(result: { readonly error?: unknown }): void;
}

/** The trace of one exchange. */
export interface ExchangeTrace extends StepsTrace {
  /** The exchange has ended. Once. */
  end(record: TracedRecord): void;
}

/** Steps that take time, as spans name them. */
export type StepName = "lookup" | "queue" | "forward";

/** The trace of one step. */
export interface StepTrace {
  /** `traceparent`, and `tracestate` where there is one: what comes of the step is part of it. */
  readonly fields: RawFields;
  /** It has ended, with the upstream's status or with an error, where it has one. Once. */
  end(result: { readonly status?: number; readonly error?: unknown }): void;
}

/** What of an access record a trace tells; none of it is a secret. */
export interface TracedRecord {
  readonly requestId: string;
  readonly method: string;
  readonly path: string | undefined;
  readonly upstream: string | undefined;
  readonly consumer: string | undefined;
  readonly route: string | undefined;
  readonly cache: string;
  readonly stale: StaleReason | undefined;
  readonly collapsed: boolean;
  readonly status: number;
  readonly problem: ProblemType | undefined;
  readonly forwards: number;
  readonly units: number;
  readonly throttled: number;
  readonly end: "complete" | "client-left" | "broken-off";
}
