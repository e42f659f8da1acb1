import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino, type Logger } from "pino";
import { start, type Running } from "../../src/start/instance.ts";
import { cachePolicy, route, settings, upstream } from "./settings.ts";
import { startSimulator, type Simulator } from "../simulator/simulator.ts";
import type { Settings, Upstream } from "../../src/ports/settings.ts";

/** A gateway in this process before a simulator, on an embedded store of its own. */
export interface World extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly gateway: Running;
  /** What a client's base URL is: it ends in the mount. */
  readonly base: string;
  /** Starts another instance on the same store. */
  another(): Promise<Running>;
}

/** How the world differs from the standard one. */
export interface WorldOptions {
  readonly simulator?: Parameters<typeof startSimulator>[0];
  readonly upstream?: Partial<Upstream>;
  readonly settings?: Partial<Settings>;
  /** Where the log goes; nowhere without it. */
  readonly log?: Logger;
}

/** A ticket's route as the preset has it, with lifetimes that a test can wait for. */
export const TICKET_ROUTES = [
  route({
    name: "GET /ticket/**",
    match: { methods: ["GET"], path: "/ticket/**" },
    groups: ["tickets"],
    safe: true,
    cache: cachePolicy({
      lifetimeMs: 60_000,
      override: true,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      mediaTypes: ["application/json"],
      errorEnvelope: [
        { member: "error", is: true },
        { member: "success", is: false },
      ],
    }),
  }),
  route({
    name: "POST|PUT|DELETE /ticket/**",
    match: { methods: ["POST", "PUT", "DELETE"], path: "/ticket/**" },
    invalidates: ["tickets"],
  }),
];

/** Starts a simulator and a gateway before it. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-world-"));
  const simulator = await startSimulator({ limit: 10_000, ...options.simulator });
  const api = upstream({
    name: "clientexec",
    mount: "/api",
    url: new URL(simulator.url),
    keys: [{ in: "query", name: "apikey", value: "sim-key" }],
    quotas: [{ name: "clientexec", limit: 1000, windowMs: 60_000, padMs: 1000 }],
    routes: TICKET_ROUTES,
    ...options.upstream,
  });
  const whole = settings({
    listen: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0, token: "" },
    store: { ...settings({}).store, file: join(folder, "sluice.db") },
    upstreams: [api],
    ...options.settings,
  });
  const log = options.log ?? pino({ level: "silent" });
  const running: Running[] = [];
  const another = async (): Promise<Running> => {
    const gateway = await start(whole, log);
    running.push(gateway);
    return gateway;
  };
  const gateway = await another();
  return {
    simulator,
    gateway,
    base: `${gateway.url}/api`,
    another,
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((one) => one.stop()));
      await simulator.close();
      rmSync(folder, { recursive: true });
    },
  };
}
