import { Readable } from "node:stream";
import { Forwarder } from "../../src/forward/forward.ts";
import { LineGuard } from "../../src/line-guard.ts";
import { Line, type Errand } from "../../src/line.ts";
import { newNotes } from "../../src/observe/access-record.ts";
import { UpstreamFault } from "../../src/ports/faults.ts";
import { Scheduler } from "../../src/schedule/scheduler.ts";
import { FakeClock } from "./fake-clock.ts";
import { terms } from "./ledger-world.ts";
import { MemoryLedger, SharedMemory } from "./memory-ledger.ts";
import { route, upstream } from "./settings.ts";
import type { Exchange } from "../../src/exchange.ts";
import type { RawFields } from "../../src/http/fields.ts";
import type { Route, Upstream } from "../../src/ports/settings.ts";
import type {
  UpstreamClient,
  UpstreamFaultKind,
  UpstreamReply,
  UpstreamRequest,
} from "../../src/ports/upstream-client.ts";

/** How the scripted upstream treats one request. */
export type Behaviour =
  | {
      readonly status: number;
      readonly fields?: RawFields;
      readonly body?: string | Readable;
      /** How long after the request has left. */
      readonly afterMs?: number;
    }
  /** The head was written, then this went wrong; `unreachable`: before it. */
  | { readonly fault: UpstreamFaultKind }
  /** Takes so long to connect that permits grow old. */
  | { readonly connectMs: number };

/** An upstream that does what it is told, in order, and remembers what it saw; then answers 200. */
export class ScriptedUpstream implements UpstreamClient {
  readonly seen: { readonly atMs: number; readonly request: UpstreamRequest }[] = [];
  readonly script: Behaviour[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  async send(request: UpstreamRequest): Promise<UpstreamReply> {
    const behaviour = this.script.shift() ?? { status: 200 };
    if ("connectMs" in behaviour) await this.#clock.sleep(behaviour.connectMs, request.signal);
    if ("fault" in behaviour && behaviour.fault === "unreachable") throw fault("unreachable");
    if (!request.mayDepart()) throw fault("not-departed");
    this.seen.push({ atMs: this.#clock.monotonic(), request });
    if ("fault" in behaviour) throw fault(behaviour.fault);
    const answer = "status" in behaviour ? behaviour : { status: 200 };
    const { status, fields = [], body = "{}", afterMs = 0 } = answer;
    if (afterMs > 0) await this.#clock.sleep(afterMs, request.signal);
    return {
      status,
      reason: "",
      fields,
      body: typeof body === "string" ? Readable.from([Buffer.from(body)]) : body,
      trailers: () => [],
    };
  }

  async close(): Promise<void> {}
}

function fault(kind: UpstreamFaultKind): UpstreamFault {
  return new UpstreamFault(kind, `scripted: ${kind}`);
}

/** How one exchange differs from a plain GET. */
export interface ExchangeChanges {
  readonly fields?: RawFields;
  readonly signal?: AbortSignal;
  readonly mayForce?: boolean;
  readonly route?: Partial<Route>;
  readonly waitMs?: number;
}

/** A line before a scripted upstream, on a clock that moves when told. */
export class Workbench {
  readonly clock = new FakeClock();
  readonly upstream: Upstream;
  readonly client = new ScriptedUpstream(this.clock);
  readonly line: Line;
  /** What was told of the circuit. */
  readonly circuits: ("open" | "closed")[] = [];
  /** Slots in use. */
  slots = 0;

  constructor(changes: Partial<Upstream> = {}) {
    this.upstream = upstream(changes);
    const { clock, client } = this;
    const ledgerTerms = terms();
    const scheduler = new Scheduler({
      ledger: new MemoryLedger(new SharedMemory(), ledgerTerms, clock),
      clock,
      terms: ledgerTerms,
      onStore: () => {},
    });
    const slots = {
      take: () => {
        this.slots += 1;
        return Promise.resolve({ [Symbol.dispose]: () => void (this.slots -= 1) });
      },
      resize: () => {},
      close: () => Promise.resolve(),
    };
    const forwarder = new Forwarder({ upstream: this.upstream, client, clock });
    const guard = new LineGuard(this.upstream, {
      clock,
      onCircuit: (state) => this.circuits.push(state),
    });
    const parts = { upstream: this.upstream, scheduler, slots, forwarder, client, guard };
    this.line = new Line({ ...parts, clock, random: () => 0.5 });
  }

  /** A request on its way out. */
  errand(method: string, changes: Partial<Route> = {}, waitMs = 30_000): Errand {
    const asked = {
      method,
      upstream: this.upstream,
      route: route(changes),
      caller: { name: "tester", weight: 1, mayForce: false },
      path: "/x",
      query: "",
      fields: [],
      waitMs,
      urgency: 3,
    };
    const since = this.clock.monotonic();
    return {
      asked,
      outbound: { method, target: "/x", fields: [] },
      body: { kind: "none" },
      since,
      deadline: since + waitMs,
      notes: newNotes("test", method),
      effect: { mayHaveChanged: false },
      onInformation: () => {},
    };
  }

  /** A GET of one client on its path. */
  exchange(changes: ExchangeChanges = {}): Exchange {
    const { fields = [], signal = new AbortController().signal, mayForce = false } = changes;
    const { asked, ...errand } = this.errand("GET", changes.route, changes.waitMs);
    const caller = { ...asked.caller, mayForce };
    return {
      request: { method: "GET", fields, signal },
      asked: { ...asked, fields, caller },
      line: this.line,
      body: errand.body,
      notes: errand.notes,
      effect: errand.effect,
      since: errand.since,
    };
  }

  /** Uses up units of the window, so that whoever asks next stands in line. */
  async fill(units = 20): Promise<void> {
    for (let index = 0; index < units; index += 1) {
      const sent = this.send(this.errand("POST"));
      await this.clock.advance(10);
      (await sent).body.resume();
    }
  }

  /** Lets the upstream ask for a pause. */
  async pause(seconds: number): Promise<void> {
    this.client.script.unshift({ status: 429, fields: ["Retry-After", String(seconds)] });
    const sent = this.send(this.errand("POST", {}, 1));
    await this.clock.advance(10);
    (await sent).body.resume();
  }

  /** Sends as the gateway does; the clock has to be moved meanwhile. */
  async send(errand: Errand, signal = new AbortController().signal) {
    const permit = await this.line.acquire(errand, signal);
    return this.line.send(errand, permit, signal);
  }
}
