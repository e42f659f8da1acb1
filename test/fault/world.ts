import { processConfig } from "../support/process-config.ts";
import {
  runGateway,
  runSimulator,
  type GatewayProcess,
  type SimulatorProcess,
} from "../support/instance.ts";
import { startTlsOrigin, type TlsOrigin } from "../support/tls-origin.ts";
import { openStore, type StoreWorld } from "./stores.ts";
import type { Target } from "./fleet.ts";

/*
 * All that a campaign disturbs: instances as real processes before a strict simulator, on a real store.
 */

/** The quota of a campaign. */
export const TERMS = { limit: 150, windowMs: 3000, padMs: 500 };

/** One process of the gateway. */
export interface Instance extends Target {
  readonly process: GatewayProcess;
}

/** What faults are done to. */
export class World implements AsyncDisposable {
  readonly store: StoreWorld;
  readonly simulator: SimulatorProcess;
  /** An upstream behind TLS, in this process. */
  readonly secure: TlsOrigin;
  /** When processes were killed, by their number. */
  readonly killed = new Map<number, number>();
  readonly #config: object;
  #behindBalancer: Instance[] = [];
  #all: Instance[] = [];

  private constructor({ store, simulator, secure }: Pick<World, "store" | "simulator" | "secure">) {
    this.store = store;
    this.simulator = simulator;
    this.secure = secure;
    this.#config = configFor(store.settings, simulator.url, secure);
  }

  /** Starts everything. */
  static async open(kind: StoreWorld["kind"], instances: number): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const store = stack.use(await openStore(kind));
    const simulator = stack.use(await runSimulator(TERMS.limit, TERMS.windowMs));
    const secure = stack.use(
      await startTlsOrigin((_request, response) => {
        response.setHeader("Content-Type", "application/json");
        response.end('{"ticket":{"id":1,"subject":"Ticket 1"}}');
      }),
    );
    const world = stack.use(new World({ store, simulator, secure }));
    for (let index = 0; index < instances; index += 1) await world.add();
    stack.move();
    return world;
  }

  /** Those that the balancer sends to. */
  get instances(): readonly Instance[] {
    return this.#behindBalancer;
  }

  /** A further instance, which the balancer sends to as soon as it listens. */
  async add(): Promise<Instance> {
    const preloads = ["test/fault/disturbances.ts"];
    const process = await runGateway(this.#config, { preloads });
    const status = (): Promise<string> => statusOf(process);
    const instance = { id: this.#all.length, url: process.url, process, status };
    this.#all.push(instance);
    this.#behindBalancer = [...this.#behindBalancer, instance];
    return instance;
  }

  /** Kills an instance at once; the balancer finds out by itself. */
  async kill(instance: Instance): Promise<void> {
    this.killed.set(instance.id, performance.now());
    await instance.process.stop("SIGKILL");
  }

  /** What was said by those that ended though nobody had told them to. */
  crashes(): string[] {
    return this.#behindBalancer
      .filter(({ id, process }) => !this.killed.has(id) && process.child.exitCode !== null)
      .map(({ id, process }) => {
        const last = process.lines.slice(-3).map((line) => JSON.stringify(line));
        return [`instance ${id} ended by itself`, process.errors(), ...last].join("\n");
      });
  }

  /** The balancer sends nothing more there. */
  remove(instance: Instance): void {
    this.#behindBalancer = this.#behindBalancer.filter((one) => one !== instance);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map(({ process }) => process[Symbol.asyncDispose]()));
    await this.simulator[Symbol.asyncDispose]();
    await this.secure[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

async function statusOf({ adminUrl }: GatewayProcess): Promise<string> {
  const patience = { signal: AbortSignal.timeout(2000) };
  const asked = fetch(`${adminUrl}/status`, patience).then((answer) => answer.text());
  return asked.catch((error: unknown) => `it does not say what it is at (${String(error)})`);
}

function configFor(store: object, url: string, secure: TlsOrigin): object {
  const { limit, windowMs, padMs } = TERMS;
  const quotas = [{ limit, window: `${windowMs}ms`, pad: `${padMs}ms` }];
  const lifetime = { lifetime: "10m", override: true };
  const routes = [{ match: "GET /ticket/:id", cache: lifetime }];
  const api = {
    mount: "",
    quotas,
    routes,
    unlistedGets: "forward",
    queue: { maxWait: "4s", maxLength: 1000 },
    timeouts: { connect: "1s", headers: "2s", body: "3s" },
  };
  const config = processConfig({ url, store, api });
  const { upstreams } = config as { upstreams: Record<string, object> };
  const lost = { ...upstreams["api"], ...api, routes: [] };
  return {
    ...config,
    upstreams: {
      ...upstreams,
      nowhere: { ...lost, mount: "/nowhere", url: "http://nowhere.invalid/api" },
      secure: { ...lost, mount: "/secure", url: secure.url, caFile: secure.caFile },
      untrusted: { ...lost, mount: "/untrusted", url: url.replace("http:", "https:") },
    },
  };
}
