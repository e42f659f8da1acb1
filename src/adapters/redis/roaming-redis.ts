import { isIP } from "node:net";
import { BOUNDS, retryDelayMs } from "./manner.ts";
import { SteadyRedis } from "./steady-redis.ts";
import type { SteadyCluster } from "./steady-cluster.ts";
import type { ClusterTarget } from "./cluster-target.ts";
import type { Address } from "./url-parts.ts";

/** A node that one answer leaves out may be in the next: replicas come and go. In milliseconds. */
const DOUBT_MS = 2000;

/** With whose help a node is found, and the connection's name in that node's `CLIENT LIST`. */
export interface RoamingOptions {
  readonly target: ClusterTarget;
  /** Knows the nodes that there are at present. */
  readonly cluster: SteadyCluster;
  readonly name: string;
}

/**
 * A connection to one node of a Cluster, whichever, for messages: each node tells what was published on any. Where the
 * connection is lost, or its node belongs to the Cluster no more, it goes to the next node.
 */
export class RoamingRedis extends SteadyRedis {
  readonly #options: RoamingOptions;
  readonly #onRefresh = (): void => {
    if (this.#isKnown()) return;
    this.#doubt ??= setTimeout(() => this.#askAgain(), DOUBT_MS);
  };
  #doubt: NodeJS.Timeout | undefined;
  #turn: number;

  constructor(options: RoamingOptions) {
    const { target, cluster, name } = options;
    const { username, password, secure } = target;
    super({
      ...BOUNDS,
      enableOfflineQueue: false,
      lazyConnect: true,
      connectionName: name,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(secure ? { tls: {} } : {}),
    });
    this.#options = options;
    this.#turn = Math.floor(Math.random() * target.nodes.length);
    this.options.retryStrategy = (attempt) => {
      this.#goOn();
      return retryDelayMs(attempt);
    };
    cluster.on("refresh", this.#onRefresh);
    this.#goOn();
    this.connect().catch(() => {});
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) {
      this.#options.cluster.off("refresh", this.#onRefresh);
      clearTimeout(this.#doubt);
    }
    super.disconnect(reconnect);
  }

  /** What is known of the Cluster, else what was configured. */
  #known(): readonly Address[] {
    const { cluster, target } = this.#options;
    const nodes = cluster.nodes().map(({ options: { host = "", port = 0 } }) => ({ host, port }));
    return nodes.length > 0 ? nodes : target.nodes;
  }

  #goOn(): void {
    const known = this.#known();
    const next = known[(this.#turn += 1) % known.length];
    if (!next) return;
    Object.assign(this.options, next);
    const { secure } = this.#options.target;
    if (secure) this.options.tls = isIP(next.host) === 0 ? { servername: next.host } : {};
  }

  #askAgain(): void {
    const { cluster } = this.#options;
    cluster.refreshSlotsCache((error) => {
      this.#doubt = undefined;
      if (!error && this.status === "ready" && !this.#isKnown()) super.disconnect(true);
    });
  }

  #isKnown(): boolean {
    const { host, port } = this.options;
    return this.#known().some((one) => one.host === host && one.port === port);
  }
}
