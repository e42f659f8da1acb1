import { Agent, request } from "undici";

/** A made-up service: what it asks for, and how often. */
interface Service {
  readonly name: string;
  readonly callers: number;
  /** Between an answer and the next request. */
  readonly pauseMs: number;
  readonly next: (turn: number) => Ask;
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const SERVICES: readonly Service[] = [
  {
    // People look at the same few tickets: most of it comes from the store, or from one forward for several.
    name: "portal",
    callers: 6,
    pauseMs: 150,
    next: (turn) => ({ method: "GET", path: `/ticket/${(turn % 5) + 1}` }),
  },
  {
    // Now and then a write, so that tickets change under everybody's eyes.
    name: "billing-sync",
    callers: 2,
    pauseMs: 700,
    next: (turn) =>
      turn % 6 === 0
        ? { method: "PUT", path: `/ticket/${(turn % 5) + 1}`, body: { subject: `turn ${turn}` } }
        : { method: "GET", path: `/invoice/${(turn % 20) + 1}` },
  },
  {
    // Reads everything it can, as fast as it can.
    name: "reports",
    callers: 12,
    pauseMs: 0,
    next: (turn) => ({ method: "GET", path: `/report/${turn % 50}` }),
  },
  {
    name: "mailer",
    callers: 1,
    pauseMs: 1500,
    next: (turn) => ({ method: "PUT", path: `/user/${(turn % 9) + 1}`, body: { mailed: turn } }),
  },
  {
    // Asks for something that is never stored, and will not wait long for it.
    name: "watch",
    callers: 2,
    pauseMs: 1000,
    next: () => ({ method: "GET", path: "/users/usersonline" }),
  },
];

/** Services at work. */
export interface Services {
  /** Resolves when each has its last answer. */
  stop(): Promise<void>;
}

/** Lets all services ask until they are stopped. */
export function startServices(base: string): Services {
  const agent = new Agent({ connections: 64, headersTimeout: 0 });
  const stopping = new AbortController();
  const place = { base, agent, signal: stopping.signal };
  const running = SERVICES.flatMap((service) =>
    Array.from({ length: service.callers }, (_, caller) => work(place, service, caller)),
  );
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      await agent.close();
    },
  };
}

/** How often the demo's operator says that all tickets may have changed, in milliseconds. */
const PURGE_EVERY_MS = 8000;

/** Somebody with the admin port at hand. */
export interface Operator {
  /** Purges that were carried out. */
  readonly purges: number;
  stop(): void;
}

/**
 * Purges softly now and then, as whoever has changed tickets behind the API's back would: what is stored goes on
 * being served, marked as stale, until it has been fetched anew.
 */
export function startOperator(adminUrl: string): Operator {
  let purges = 0;
  const purge = async (): Promise<void> => {
    const { statusCode, body } = await request(`${adminUrl}/purge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ group: "tickets", soft: true }),
    });
    await body.dump();
    purges += Number(statusCode === 200);
  };
  // One that came too late for a gateway that is closing counts as none.
  const timer = setInterval(() => void purge().catch(() => {}), PURGE_EVERY_MS);
  return {
    get purges() {
      return purges;
    },
    stop: () => clearInterval(timer),
  };
}

interface Workplace {
  readonly base: string;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

async function work(place: Workplace, service: Service, caller: number): Promise<void> {
  const { base, agent, signal } = place;
  const { name, next, pauseMs } = service;
  for (let turn = caller * 7; !signal.aborted; turn += 1) {
    const { method, path, body } = next(turn);
    try {
      const answer = await request(`${base}${path}`, {
        method,
        dispatcher: agent,
        headers: { authorization: `Bearer demo-key-${name}`, "content-type": "application/json" },
        body: body ? JSON.stringify(body) : null,
      });
      await answer.body.dump();
      // A good client waits as long as it is told to.
      const retrySeconds = Number(answer.headers["retry-after"] ?? 0);
      await pause(pauseMs + retrySeconds * 1000, signal);
    } catch {
      await pause(500, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
