import cluster, { type Worker } from "node:cluster";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { EXIT } from "../operate/exit.ts";
import { createAdminFront, type Desk } from "../workers/admin-front.ts";
import { deliveryOf, vacated } from "../workers/vacated.ts";
import { listen } from "./listen.ts";
import type { Settings } from "../ports/settings.ts";

/** Where a worker's admin port listens: a socket in a folder that only this user can enter. */
const SOCKET_VARIABLE = "SLUICE_WORKER_SOCKET";

/** What a worker says once it listens, and can carry orders out. */
export interface Ready {
  readonly listening: string;
}

/** What the first process tells a worker. */
export interface Order {
  readonly order: "drain" | "reload";
}

/** One place among the workers; who holds it may change. */
interface Post extends Desk {
  holder?: Worker;
  /** True once the holder listens. */
  serves: boolean;
  since: number;
  deaths: number;
  again?: NodeJS.Timeout;
}

/** Several processes that share the proxy port, and the one that holds them: it takes no request itself. */
export class Crew {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-workers-"));
  readonly #posts: readonly Post[];
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #front = createAdminFront(() => this.#posts.filter(({ serves }) => serves));
  readonly #ended = Promise.withResolvers<number>();
  #stopping = false;
  #exit: number = EXIT.ok;

  constructor(settings: Settings, log: Logger) {
    // Where connections were dealt out in turn, a worker that was killed left requests that never ended (decision 0022).
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    this.#settings = settings;
    this.#log = log;
    this.#posts = Array.from({ length: settings.workers }, (_, index) => ({
      worker: index + 1,
      socketPath: join(this.#folder, `${index + 1}.sock`),
      serves: false,
      since: 0,
      deaths: 0,
    }));
  }

  /**
   * Starts the workers, the first one alone: what keeps it from starting is told once, and `ended` has its code.
   * Resolves with the addresses once all listen, else with undefined.
   * @throws the error of `listen` where the admin port is taken.
   */
  async begin(): Promise<{ url: string; adminUrl: string } | undefined> {
    const { host, port } = this.#settings.admin;
    const adminUrl = await listen(this.#front, { host, port });
    const [first, ...others] = this.#posts;
    const url = first && (await this.#fill(first));
    if (url === undefined) {
      this.stop();
      return undefined;
    }
    await Promise.all(others.map((post) => this.#fill(post)));
    return { url, adminUrl };
  }

  /** Resolves with the exit code, after a stop or where no worker can be kept alive. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  reload(): void {
    this.#tell({ order: "reload" });
  }

  /** Lets all workers drain; `ended` resolves when the last is gone. */
  stop(): void {
    this.#stopping = true;
    for (const { again } of this.#posts) clearTimeout(again);
    this.#tell({ order: "drain" });
    this.#endIfAlone();
  }

  #tell(order: Order): void {
    for (const { holder, serves } of this.#posts) {
      const how = deliveryOf(order.order, serves);
      if (how === "message") holder?.send(order);
      else if (how === "SIGTERM") holder?.process.kill(how);
    }
  }

  /** Resolves with the worker's address, or with undefined where it ended before it listened. */
  async #fill(post: Post): Promise<string | undefined> {
    rmSync(post.socketPath, { force: true });
    const holder = cluster.fork({ [SOCKET_VARIABLE]: post.socketPath });
    Object.assign(post, { holder, serves: false, since: performance.now() });
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    holder.on("message", ({ listening }: Partial<Ready>) => {
      if (listening === undefined) return;
      post.serves = true;
      if (this.#stopping) holder.send({ order: "drain" } satisfies Order);
      resolve(listening);
    });
    // An order that meets a worker's end reaches nobody.
    holder.on("error", () => {});
    holder.once("exit", (code, signal) => {
      resolve(undefined);
      this.#vacated(post, { code, signal });
    });
    return promise;
  }

  #vacated(post: Post, how: { code: number | null; signal: string | null }): void {
    const everServed = this.#posts.some(({ serves, deaths }) => serves || deaths > 0);
    post.serves = false;
    delete post.holder;
    const next = vacated({
      code: how.code,
      exit: this.#exit,
      stopping: this.#stopping,
      everServed,
      livedMs: performance.now() - post.since,
      deaths: post.deaths,
      othersServe: this.#posts.some(({ serves }) => serves),
    });
    if (next.kind === "stays") {
      this.#exit = next.exit;
      return this.#endIfAlone();
    }
    post.deaths = next.deaths;
    const fields = { worker: post.worker, ...how };
    if (next.kind === "gives-up") {
      this.#log.fatal(fields, "No worker stays alive: Sluice ends");
      this.#exit = next.exit;
      return this.stop();
    }
    this.#log.error({ ...fields, afterMs: next.afterMs }, "A worker ended and is started again");
    post.again = setTimeout(() => void this.#fill(post), next.afterMs);
  }

  #endIfAlone(): void {
    if (!this.#stopping || this.#posts.some(({ holder }) => holder)) return;
    this.#front.close();
    this.#front.closeAllConnections();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#ended.resolve(this.#exit);
  }
}

/** What a worker gets from the first process; undefined in a process that is no worker. */
export function workersSocket(): { path: string } | undefined {
  const path = cluster.isWorker ? process.env[SOCKET_VARIABLE] : undefined;
  return path === undefined ? undefined : { path };
}

/** Tells the first process that this worker listens, once orders can be carried out. */
export function reportForDuty(listening: string, onOrder: (order: Order) => void): void {
  process.on("message", onOrder);
  process.send?.({ listening } satisfies Ready);
}
