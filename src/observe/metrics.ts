import { performance } from "node:perf_hooks";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { ExchangeMetrics } from "./exchange-metrics.ts";
import { registerInstance, type InstanceState } from "./instance-metrics.ts";

/** A scrape as it is answered. */
export interface Exposition {
  readonly text: string;
  readonly contentType: string;
}

/** One metric, whatever its values. */
export interface Definition {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** What runs here. */
export interface Build {
  readonly version: string;
  readonly node: string;
}

/** The metrics of one instance, in the text format of Prometheus. docs/metrics.md lists them. */
export class Metrics {
  readonly exchanges: ExchangeMetrics;
  readonly #registry = new Registry();
  readonly #tell: (state: InstanceState) => void;

  /** `upstreams`: the names of the configured ones. */
  constructor(build: Build, upstreams: readonly string[]) {
    const registers = [this.#registry];
    new Gauge({
      name: "sluice_build_info",
      help: "Always 1; its labels say what runs.",
      labelNames: ["version", "node"],
      registers,
    }).set({ ...build }, 1);
    this.exchanges = new ExchangeMetrics(this.#registry, upstreams);
    this.#tell = registerInstance(this.#registry);
  }

  /** What there is, the process's own included. */
  get definitions(): readonly Definition[] {
    const all = merged(this.#registry).getMetricsAsArray();
    return all.map((metric) => {
      const { name, help, type } = metric;
      const labels = "labelNames" in metric ? metric.labelNames : undefined;
      return {
        name,
        help,
        type: String(type),
        labels: Array.isArray(labels) ? labels.map(String) : [],
      };
    });
  }

  /** What a scrape is told, with the instance's state of this moment. */
  async scrape(state: InstanceState): Promise<Exposition> {
    this.#tell(state);
    const registry = merged(this.#registry);
    return { text: await registry.metrics(), contentType: registry.contentType };
  }
}

/** Gauges that are named as counters are; each is the sum of one that is told by type. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

let processWide: Registry | undefined;

/** What concerns the process, whose instances share it: memory, processor, event loop. Measured from the first call on. */
function processRegistry(): Registry {
  if (processWide) return processWide;
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  let before = performance.eventLoopUtilization();
  const utilization = new Gauge({
    name: "sluice_event_loop_utilization_ratio",
    help: "Which part of the time since the last scrape the event loop was busy (0 to 1).",
    registers: [register],
    collect() {
      const now = performance.eventLoopUtilization();
      utilization.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
  processWide = register;
  return register;
}

function merged(own: Registry): Registry {
  return Registry.merge([own, processRegistry()]);
}
