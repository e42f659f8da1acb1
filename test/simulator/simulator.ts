import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Application } from "./application.ts";
import { envelope, mannerFields, throttled, write, type Writing } from "./answer.ts";
import { createControl, type EndpointLimit, type Limits } from "./control.ts";
import { tellingFields, type TellingDialect } from "./telling.ts";
import { Scripts, type Action, type Script } from "./scripts.ts";
import { fullestWindow, RollingWindow } from "./window.ts";

/** A request as it reached the upstream, refused ones included. */
export interface Arrival {
  /** Monotonic, in milliseconds with a fraction. */
  readonly atMs: number;
  readonly method: string;
  readonly target: string;
  readonly keyOk: boolean;
  /** Field lines as they came: name, value, name, value. */
  readonly fields: readonly string[];
  /** The first 64 KiB. */
  bodyText: string;
  /** 0 while there is none, and where the connection was closed instead. */
  status: number;
}

/** What a simulator is started with. */
export interface SimulatorOptions {
  readonly host?: string;
  /** 0: from the system. */
  readonly port?: number;
  readonly controlPort?: number;
  readonly basePath?: string;
  /** Requests in any rolling window; one more is a violation and answered 429. */
  readonly limit?: number;
  readonly windowMs?: number;
  readonly key?: string;
  readonly keyName?: string;
  readonly headerName?: string;
  readonly latencyMs?: number;
  /** Limits of single endpoints, by the beginning of their path. */
  readonly endpointLimits?: readonly EndpointLimit[];
  /** In what fields the limit is told. */
  readonly dialect?: TellingDialect;
  readonly phpFields?: boolean;
  readonly session?: boolean;
}

const STANDARD = {
  host: "127.0.0.1",
  port: 0,
  controlPort: 0,
  basePath: "/api",
  limit: 200,
  windowMs: 60_000,
  key: "sim-key",
  keyName: "apikey",
  headerName: "X-API-Key",
  latencyMs: 0,
  endpointLimits: [],
  dialect: "none",
  phpFields: true,
  session: true,
} satisfies Required<SimulatorOptions>;

const KEPT_BODY_BYTES = 65_536;
const STALL_TICK_MS = 5;

/** Starts the upstream and its control port. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = new Simulator({ ...STANDARD, ...options });
  await simulator.listen();
  return simulator;
}

/**
 * A ClientExec-like upstream that holds its callers to a strict rolling window and remembers everything
 * that it saw.
 */
export class Simulator {
  readonly #options: Required<SimulatorOptions>;
  readonly #window: RollingWindow;
  #endpoints: readonly { readonly path: string; readonly window: RollingWindow }[];
  #dialect: TellingDialect;
  #foreign: NodeJS.Timeout | undefined;
  readonly #application = new Application();
  readonly #scripts = new Scripts();
  readonly #server: Server;
  readonly #control: Server;
  #arrivals: Arrival[] = [];
  #violations = 0;
  #stallMs = 0;
  #port = 0;
  #held: (() => void)[] = [];
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: Required<SimulatorOptions>) {
    this.#options = options;
    this.#window = new RollingWindow(options.limit, options.windowMs);
    this.#endpoints = windowsOf(options.endpointLimits);
    this.#dialect = options.dialect;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.keepAliveTimeout = 60_000;
    this.#control = createControl(this);
  }

  async listen(): Promise<void> {
    const { host, port, controlPort } = this.#options;
    await listening(this.#server, port, host);
    await listening(this.#control, controlPort, host);
    this.#watchStalls();
  }

  /** What a client's base URL would be. */
  get url(): string {
    return `${addressOf(this.#server)}${this.#options.basePath}`;
  }

  get controlUrl(): string {
    return addressOf(this.#control);
  }

  arrivals(): readonly Arrival[] {
    return this.#arrivals;
  }

  /** Requests that came when the window was full. */
  violations(): number {
    return this.#violations;
  }

  /** The largest number of arrivals in any rolling window, refused ones included. */
  worstWindow(): number {
    return fullestWindow(
      this.#arrivals.map(({ atMs }) => atMs),
      this.#window.windowMs,
    );
  }

  /** The longest time for which this process's event loop stood still: such a run says nothing. */
  longestStallMs(): number {
    return this.#stallMs;
  }

  /** Invoices paid by a GET. */
  payments(): number {
    return this.#application.payments;
  }

  script(script: Script): void {
    this.#scripts.add(script);
  }

  /** Requests that a script holds. */
  held(): number {
    return this.#held.length;
  }

  /** Lets every held request be answered. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  limits({ limit, windowMs, endpoints, foreign, dialect }: Limits): void {
    this.#window.limit = limit ?? this.#window.limit;
    this.#window.windowMs = windowMs ?? this.#window.windowMs;
    if (endpoints) this.#endpoints = windowsOf(endpoints);
    this.#dialect = dialect ?? this.#dialect;
    if (foreign === undefined) return;
    clearInterval(this.#foreign);
    if (foreign === 0) return;
    const spend = (): void => void this.#window.take(performance.now());
    this.#foreign = setInterval(spend, this.#window.windowMs / foreign).unref();
  }

  /** Somebody else uses the same key. */
  spend(units: number): void {
    this.#window.spend(performance.now(), units);
  }

  /** Scripts that are left are dropped. */
  clear(): void {
    this.#scripts.clear();
  }

  /** Refuses connections and cuts those that are there, until `hear()`. */
  async deaf(): Promise<void> {
    if (!this.#server.listening) return;
    this.#port = (this.#server.address() as AddressInfo).port;
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.#server.closeAllConnections();
    await closed;
  }

  /** Listens again where it listened before. */
  async hear(): Promise<void> {
    if (!this.#server.listening) await listening(this.#server, this.#port, this.#options.host);
  }

  /** Forgets what it saw and what was scripted, and restores its data. The window is not forgotten. */
  reset(): void {
    this.#arrivals = [];
    this.#violations = 0;
    this.#stallMs = 0;
    this.#scripts.clear();
    this.#application.reset();
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    clearInterval(this.#foreign);
    this.release();
    for (const server of [this.#server, this.#control]) {
      if (!server.listening) continue;
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const now = performance.now();
    const { method = "", url: target = "", rawHeaders: fields } = request;
    const { pathname, searchParams } = new URL(target, "http://simulator");
    const { basePath, keyName, headerName, key, latencyMs } = this.#options;
    const given = searchParams.get(keyName) ?? request.headers[headerName.toLowerCase()];
    const keyOk = given === key;
    const arrival = { atMs: now, method, target, keyOk, fields, bodyText: "", status: 0 };
    this.#arrivals.push(arrival);
    const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : pathname;
    // The window is judged at arrival; what comes later is the application's time.
    const refusal = keyOk ? this.#refuse(path, now) : undefined;
    const action = this.#scripts.take(method, path);
    response.on("error", () => {});
    arrival.bodyText = await bodyOf(request);
    await this.#takeTime(action, latencyMs);
    const common: Writing = {
      response,
      fields: { ...mannerFields(this.#options), ...this.#telling(now) },
      body: "",
      key: String(given),
    };
    if (!keyOk) {
      response.writeHead(401, { ...common.fields, "Content-Type": "application/json" });
      response.end(envelope({ error: "The application key is missing or wrong." }));
      arrival.status = 401;
    } else if (refusal === undefined) {
      const query = searchParams;
      const call = { method, path: path.replace(/\/$/, ""), query, body: jsonOf(arrival.bodyText) };
      // A write that is scripted to be refused or to fail beforehand has not happened.
      const happens = !action.reset && !action.throttle && (action.status ?? 200) < 400;
      const body = happens ? envelope(this.#application.call(call)) : "";
      arrival.status = write(action, { ...common, body });
    } else {
      arrival.status = throttled(common, String(refusal));
    }
  }

  #telling(now: number): Record<string, string> {
    const { limit, windowMs } = this.#window;
    const remaining = limit - this.#window.used(now);
    const resetMs = this.#window.retryAfterSeconds(now) * 1000;
    return tellingFields(this.#dialect, { limit, windowMs, remaining, resetMs });
  }

  /** Seconds to wait where a window is full; `undefined` where there is room, which is then taken. */
  #refuse(path: string, now: number): number | undefined {
    if (!this.#window.take(now)) {
      this.#violations += 1;
      return this.#window.retryAfterSeconds(now);
    }
    const endpoint = this.#endpoints.find((one) => path.startsWith(one.path));
    return endpoint && !endpoint.window.take(now)
      ? endpoint.window.retryAfterSeconds(now)
      : undefined;
  }

  async #takeTime({ hold, delayMs }: Action, latencyMs: number): Promise<void> {
    if (hold) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    const ms = latencyMs + (delayMs ?? 0);
    if (ms > 0) {
      await new Promise((resolve) => {
        setTimeout(resolve, ms);
      });
    }
  }

  #watchStalls(): void {
    let last = performance.now();
    this.#ticker = setInterval(() => {
      const now = performance.now();
      this.#stallMs = Math.max(this.#stallMs, now - last - STALL_TICK_MS);
      last = now;
    }, STALL_TICK_MS);
    this.#ticker.unref();
  }
}

function windowsOf(limits: readonly EndpointLimit[]) {
  return limits.map(({ path, limit, windowMs }) => ({
    path,
    window: new RollingWindow(limit, windowMs),
  }));
}

async function listening(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address === "0.0.0.0" ? "127.0.0.1" : address}:${port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      if (bytes < KEPT_BODY_BYTES) chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch {
    // The client broke off; what came is what there is.
  }
  return Buffer.concat(chunks).subarray(0, KEPT_BODY_BYTES).toString();
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
