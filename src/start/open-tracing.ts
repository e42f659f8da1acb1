import type { Tracing } from "../ports/tracing.ts";
import type { SecretsMask } from "./mask.ts";

/** Where an SDK that was loaded before the program has left its providers (`@opentelemetry/api`, version 1). */
const PROVIDERS = Symbol.for("opentelemetry.js.api.1");

/** Tracing where an SDK is there; else `undefined`, and not even OpenTelemetry's interface is loaded. */
export async function openTracing(mask: SecretsMask): Promise<Tracing | undefined> {
  if (!(PROVIDERS in globalThis)) return undefined;
  const adapter = await import("../adapters/otel-tracing.ts");
  return adapter.openTracing(mask);
}
