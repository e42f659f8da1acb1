import { isIP } from "node:net";
import { Cluster, type Redis } from "ioredis";
import { BOUNDS, COMMAND_MS, retryDelayMs } from "./manner.ts";
import type { ClusterTarget } from "./cluster-target.ts";

/*
 * How Sluice holds its connections to a Redis Cluster: as one to a single server (connect.ts). What ioredis does by itself
 * and what is done about it:
 *
 * - It sends a command again when a connection ends with it under way, which the node may have carried out: not here
 *   (retryDelayOnFailover 0). MOVED, ASK, TRYAGAIN and CLUSTERDOWN were not carried out, so these are sent again, within
 *   the time of one command.
 * - It connects to a node at its first command, which waits for that: here the primaries are connected to at once, and a
 *   command for one that is not there fails at once.
 * - It sends ASKING and holds nobody to its answer: where the connection ended meanwhile, the rejection ended the process.
 * - It lets a node go whose connection has ended, and asks who has its slots only when another node sends it on: here it
 *   asks until every slot has a primary that answers.
 */

const SLOTS = 16_384;

/** MOVED, then ASK, then TRYAGAIN, and once more. */
const MOST_REDIRECTIONS = 7;

/** How long a node that was in the way is given, in milliseconds. */
const AGAIN_MS = 100;

/** While a primary is missing the nodes are asked this often, in milliseconds. */
const LOOK_MS = 200;

/** Where to, and its name in the nodes' `CLIENT LIST`. */
export interface SteadyClusterOptions {
  readonly target: ClusterTarget;
  readonly name: string;
}

/**
 * Connections to all primaries of a Cluster. Emits `whole` when commands can be sent to all of them, again at each further
 * sign of that, and `torn` with an error at each sign of the contrary.
 */
export class SteadyCluster extends Cluster {
  readonly #secure: boolean;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor({ target, name }: SteadyClusterOptions) {
    const { nodes, secure, username, password } = target;
    super([...nodes], {
      clusterRetryStrategy: retryDelayMs,
      enableOfflineQueue: false,
      // It asks a node that is being connected to, fails, and begins anew; `whole` tells more.
      enableReadyCheck: false,
      maxRedirections: MOST_REDIRECTIONS,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: AGAIN_MS,
      retryDelayOnTryAgain: AGAIN_MS,
      slotsRefreshTimeout: COMMAND_MS,
      // Names stay names, so that certificates can be checked against them.
      dnsLookup: (host, tell) => tell(null, host),
      redisOptions: {
        ...BOUNDS,
        connectionName: name,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(secure ? { tls: {} } : {}),
      },
    });
    this.#secure = secure;
    // Each subscriber listens.
    this.setMaxListeners(0);
    this.on("+node", (node: Redis) => this.#greet(node));
    this.on("-node", () => this.#look(new Error("the connection to a node was lost")));
    this.on("node error", (error: Error) => this.#look(error));
    this.on("error", (error: Error) => this.#look(error));
    for (const event of ["refresh", "ready"]) this.on(event, () => this.#look());
  }

  /** True where commands can be sent to the primary of every slot. */
  get whole(): boolean {
    if (this.status !== "ready" || this.slots.length < SLOTS) return false;
    const ready = new Set(
      this.nodes("master")
        .filter(({ status }) => status === "ready")
        .map(({ options }) => `${options.host}:${options.port}`),
    );
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const [primary] = this.slots[slot] ?? [];
      if (primary === undefined || !ready.has(primary)) return false;
    }
    return true;
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) {
      this.#ended = true;
      clearTimeout(this.#timer);
    }
    super.disconnect(reconnect);
  }

  /** A node that was not known, or is known again. */
  #greet(node: Redis): void {
    const { host = "", readOnly } = node.options;
    // Node names no server by itself, and hosts that share an address need the name.
    if (this.#secure && isIP(host) === 0) node.options.tls = { servername: host };
    node.on("ready", () => this.#look());
    const asking = node.asking.bind(node);
    node.asking = async () => asking().catch(() => "OK");
    if (!readOnly) node.connect().catch(() => {});
  }

  #look(error?: Error): void {
    if (this.#ended) return;
    if (this.whole) {
      this.emit("whole");
      return;
    }
    if (error) this.emit("torn", error);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.status === "ready") this.refreshSlotsCache(() => this.#look());
    }, LOOK_MS);
  }
}
