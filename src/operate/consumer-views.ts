import { liveKeys } from "./consumer-changes.ts";
import type { ConsumerTerms, StoredConsumer } from "../ports/consumers.ts";
import type { Consumer, RoutePattern } from "../ports/settings.ts";

/** A consumer as the admin port shows it: neither keys nor digests. */
export type ConsumerView = Readonly<Record<string, unknown>> & { readonly name: string };

/** One that was made at run time. `now`: epoch milliseconds. */
export function viewOf(consumer: StoredConsumer, now: number): ConsumerView {
  const { name, enabled, createdAt, changedAt } = consumer;
  return {
    name,
    source: "store",
    enabled,
    ...termsView(consumer),
    keys: liveKeys(consumer, now).map(({ untilAt }) =>
      untilAt === undefined ? {} : { until: new Date(untilAt).toISOString() },
    ),
    createdAt: new Date(createdAt).toISOString(),
    changedAt: new Date(changedAt).toISOString(),
  };
}

/** One of the configuration file. */
export function fileView({ name, ...terms }: Consumer): ConsumerView {
  return { name, source: "file", enabled: true, ...termsView(terms), keys: [{}] };
}

/** In the form in which orders are written. */
function termsView({ weight, priority, allow, cap, maxWaitMs, mayForce }: ConsumerTerms) {
  const most = cap === undefined ? {} : { cap: { limit: cap.limit, window: `${cap.windowMs}ms` } };
  const bound = maxWaitMs === undefined ? {} : { maxWait: `${maxWaitMs}ms` };
  return { weight, priority, allow: allow.map(patternText), ...most, ...bound, mayForce };
}

function patternText({ methods, path }: RoutePattern): string {
  return methods.length === 0 ? path : `${methods.join("|")} ${path}`;
}
