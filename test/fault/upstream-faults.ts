import { EVERYWHERE, type Fault } from "./fault.ts";
import type { Manner } from "../support/tls-origin.ts";
import type { Script } from "../simulator/scripts.ts";

/*
 * What the upstream does wrong. Scripts stand for every request while they last.
 */

const MANY = 1_000_000;
const UPSTREAM = {
  on: EVERYWHERE,
  holdMs: 2500,
  afterMs: 6000,
  problems: ["upstream-unreachable", "upstream-timeout", "upstream-broke-off"],
} as const;

function scripted(name: string, script: Script, more: Partial<Fault> = {}): Fault {
  return {
    ...UPSTREAM,
    ...more,
    name,
    async begin({ simulator }) {
      await simulator.ask("POST", "/script", { times: MANY, ...script });
      return async () => {
        await simulator.ask("POST", "/clear");
      };
    },
  };
}

/** Refuses connections, and cuts those that are there. */
const refusing: Fault = {
  ...UPSTREAM,
  name: "upstream refuses connections",
  async begin({ simulator }) {
    await simulator.ask("POST", "/deaf");
    return async () => {
      await simulator.ask("POST", "/hear");
    };
  },
};

/** Where it lasts the circuit opens, for ten seconds. */
const SECURE = {
  ...UPSTREAM,
  afterMs: 13_000,
  problems: [...UPSTREAM.problems, "upstream-down"],
} as const;

const certificateExpired = secureFault("upstream's certificate has expired", "expired");
const anotherHost = secureFault("upstream's certificate is of somebody else", "of-somebody-else");
const noTls = secureFault("upstream speaks no TLS", "no-tls");

function secureFault(name: string, manner: Manner): Fault {
  return {
    ...SECURE,
    name,
    async begin({ secure }) {
      secure.become(manner);
      return async () => secure.become("good");
    },
  };
}

const nameUnknown: Fault = {
  ...SECURE,
  name: "upstream's name does not resolve",
  async begin(world) {
    for (const { process } of world.instances) process.child.kill("SIGIO");
    // What is connected needs no name.
    world.secure.become("good");
    return async () => {
      for (const { process } of world.instances) process.child.kill("SIGURG");
    };
  },
};

/** Only what is never stored is answered with bodies that look whole. */
const READS = "GET /invoice/:id";

/** Faults of the upstream. */
export const UPSTREAM_FAULTS: readonly Fault[] = [
  scripted("upstream hangs (3 s)", { delayMs: 3000 }),
  scripted("upstream resets connections", { reset: true }),
  scripted("upstream resets after the head", { resetAfterHead: true }, { breaks: true }),
  scripted("upstream drips", { drip: { bytes: 20, everyMs: 100 } }, { breaks: true }),
  scripted("upstream truncates bodies", { truncate: true }, { breaks: true }),
  scripted("upstream sends no HTTP", { match: READS, garbage: true }, { breaks: true }),
  scripted(
    "upstream announces wrong lengths",
    { match: READS, wrongLength: true },
    { breaks: true, odd: true },
  ),
  scripted("upstream sends bodies without end", { match: READS, endless: true }, { breaks: true }),
  scripted("upstream fails (503 to all)", { status: 503, body: "{}" }, { odd: true }),
  scripted(
    "upstream throttles (429, Retry-After 1)",
    { throttle: { retryAfter: "1" }, times: 3 },
    // One whose deadline has no room for a second attempt is answered with the upstream's own.
    { odd: true },
  ),
  refusing,
  certificateExpired,
  anotherHost,
  noTls,
  nameUnknown,
];
