import { Agent, request } from "undici";
import { readAnswer, subjectOf } from "./read-answer.ts";
import type { Ending, Tried } from "./record.ts";

/*
 * Clients in closed loops that write down every exchange. They go on to the next instance where a connection is
 * refused or an instance says that it is ending, as behind a balancer that never sends again what was sent.
 */

/** An instance as the balancer knows it. */
export interface Target {
  /** The number of its process, which no other has. */
  readonly id: number;
  readonly url: string;
  /** Says what it is at, where somebody waited for it in vain. */
  readonly status: () => Promise<string>;
}

/** A fleet at work. */
export interface Fleet {
  readonly tried: readonly Tried[];
  /** Lets each client finish the exchange that it is at. */
  stop(): Promise<void>;
}

/** Whom the fleet asks, and how hard. */
export interface FleetOptions {
  /** Those that the balancer sends to, looked up for each exchange. */
  readonly targets: () => readonly Target[];
  /** Clients that read tickets, most of which are stored. */
  readonly readers: number;
  /** Clients whose requests all go to the upstream. */
  readonly forwarders: number;
  readonly writers: number;
}

/** Longer than any exchange may take: the wait for a turn, the upstream's time-outs, a frozen instance. */
const PATIENCE_MS = 25_000;

/** After a write of which it is not known what became of it: the upstream may yet carry it out. */
const UNSURE_MS = 5000;

const TICKETS = 40;
/** Those that are written to: the first of them, shared out among the writers. */
const WRITTEN = 8;

/** Starts the clients. */
export function startFleet(options: FleetOptions): Fleet {
  const { readers, forwarders, writers } = options;
  const agent = new Agent({ connections: 64, headersTimeout: 0, bodyTimeout: 0 });
  const tried: Tried[] = [];
  const stopping = new AbortController();
  const bench = { ...options, agent, tried, stopping: stopping.signal };
  const loops = [
    ...times(readers, (index) => read(bench, index)),
    ...times(forwarders, (index) => forward(bench, index)),
    ...times(writers, (index) => writeTickets(bench, index)),
    lose(bench),
    readSecure(bench),
  ];
  return {
    tried,
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      await agent.close();
    },
  };
}

interface Bench extends FleetOptions {
  readonly agent: Agent;
  readonly tried: Tried[];
  readonly stopping: AbortSignal;
}

/** Two in three read what nobody writes to, so that a store can answer them all; the others what is written to. */
async function read(bench: Bench, client: number): Promise<void> {
  const hot = client % 3 !== 0;
  const [first, count] = hot ? [WRITTEN + 1, TICKETS - WRITTEN] : [1, WRITTEN];
  for (let turn = client; !bench.stopping.aborted; turn += 1) {
    const path = `/ticket/${first + ((turn * 7) % count)}`;
    await exchange(bench, { method: "GET", path, who: hot ? "portal" : "desk", turn });
    await delay(hot ? 3 : 20);
  }
}

async function forward(bench: Bench, client: number): Promise<void> {
  for (let turn = client; !bench.stopping.aborted; turn += 1) {
    const path = `/invoice/${1 + ((turn * 11) % 40)}`;
    const ending = await exchange(bench, { method: "GET", path, who: "reports", turn });
    await delay(ending.kind === "answer" ? 50 : 300);
  }
}

async function writeTickets(bench: Bench, client: number): Promise<void> {
  const { writers, stopping } = bench;
  const own = times(WRITTEN, (index) => index + 1).filter(
    (ticket) => ticket % writers === client % writers,
  );
  const notBefore = new Map<number, number>();
  // Ascending for each client, and no client's is another's.
  for (let turn = 1; !stopping.aborted; turn += 1) {
    await delay(400);
    const ticket = own[turn % own.length] ?? 1;
    if ((notBefore.get(ticket) ?? 0) > performance.now()) continue;
    const wish = { method: "PUT", path: `/ticket/${ticket}`, who: "sync", turn } as const;
    const ending = await exchange(bench, { ...wish, version: turn * writers + client });
    const sure = ending.kind === "answer" && ending.status === 200;
    if (!sure) notBefore.set(ticket, performance.now() + UNSURE_MS);
  }
}

/** Asks for upstreams that cannot be reached: a name that does not resolve, and one that does not speak TLS. */
async function lose(bench: Bench): Promise<void> {
  for (let turn = 0; !bench.stopping.aborted; turn += 1) {
    const path = turn % 2 === 0 ? "/nowhere/ticket/1" : "/untrusted/ticket/1";
    await exchange(bench, { method: "GET", path, who: "lost", turn });
    await delay(500);
  }
}

/** Asks the upstream behind TLS, whose answers are not stored. */
async function readSecure(bench: Bench): Promise<void> {
  for (let turn = 0; !bench.stopping.aborted; turn += 1) {
    await exchange(bench, { method: "GET", path: "/secure/ticket/1", who: "lost", turn });
    await delay(150);
  }
}

interface Wish {
  readonly method: "GET" | "PUT";
  readonly path: string;
  readonly who: string;
  readonly turn: number;
  readonly version?: number;
}

async function exchange(bench: Bench, wish: Wish): Promise<Ending> {
  const startedAt = performance.now();
  const { method, path, version } = wish;
  const { instance, ending } = await askAround(bench, wish);
  bench.tried.push({
    method,
    path,
    startedAt,
    endedAt: performance.now(),
    instance,
    ending,
    ...(version === undefined ? {} : { version }),
  });
  return ending;
}

async function askAround(
  { targets, agent }: Bench,
  wish: Wish,
): Promise<{ instance: number; ending: Ending }> {
  const all = targets();
  let last: { instance: number; ending: Ending } | undefined;
  for (let at = 0; at < all.length; at += 1) {
    const target = all[(wish.turn + at) % all.length];
    if (!target) break;
    const ending = await askOne(target, wish, agent);
    if (ending !== undefined) {
      last = { instance: target.id, ending };
      if (!isEnding(ending)) return last;
    }
  }
  return last ?? { instance: -1, ending: { kind: "untaken" } };
}

/** Nothing was taken by an instance that says so. */
function isEnding(ending: Ending): boolean {
  return ending.kind === "problem" && ending.type === "draining";
}

/** `undefined` where the connection was refused. */
async function askOne(
  { url, status }: Target,
  wish: Wish,
  agent: Agent,
): Promise<Ending | undefined> {
  const { method, path, who, version } = wish;
  const body = version === undefined ? null : JSON.stringify({ subject: subjectOf(version) });
  const headers = {
    "Sluice-Consumer": who,
    ...(body === null ? {} : { "Content-Type": "application/json" }),
  };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const answer = await request(`${url}${path}`, {
      method,
      headers,
      body,
      signal,
      dispatcher: agent,
    });
    const text = await answer.body.text();
    return readAnswer({ status: answer.statusCode, fields: answer.headers, text });
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED") return undefined;
    const how = `${code ?? name}: ${(error as Error).message}`;
    if (name !== "TimeoutError") return { kind: "broken", how };
    return { kind: "broken", how: `${how}; meanwhile ${await status()}`, unanswered: true };
  }
}

function times<Made>(count: number, make: (index: number) => Made): Made[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
