import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { MemoryTables } from "../../../src/schedule/memory-tables.ts";
import { createRedisLedger, ledgerScript, readReply } from "../../../src/adapters/redis/ledger.ts";
import { readOutlook } from "../../../src/adapters/redis/outlook.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { takeOutlook } from "../../../src/schedule/outlook.ts";
import { takeLeave, takePause, takeTurn } from "../../../src/schedule/turn.ts";
import { terms } from "../../support/ledger-world.ts";
import type { Join, LedgerTerms, Policy, TurnReport } from "../../../src/ports/ledger.ts";

const PROCESSES = ["p1", "p2", "p3"] as const;
const HELLO = { waiting: [], departed: [], peers: [] };

let redis: Redis;
let runId: string;
beforeAll(async () => {
  redis = new Redis(inject("redisUrl"));
  runId = /run_id:(\w+)/.exec(await redis.info("server"))?.[1] ?? "";
});
afterAll(() => redis.disconnect());

/** The verb's script with the clock in the caller's hand instead of Redis' own. */
function clocked(verb: "turn" | "pause" | "leave" | "outlook"): string {
  const script = ledgerScript(verb).replace("redis.call('TIME')", "cjson.decode(ARGV[3])");
  if (!script.includes("ARGV[3]")) throw new Error("The clock of the script was not found");
  return script;
}

const SHORT = { name: "short", limit: 8, windowMs: 700, padMs: 100 };
const LONG = { name: "long", limit: 20, windowMs: 10_000, padMs: 100 };
const MIDDLE = { name: "middle", limit: 12, windowMs: 3000, padMs: 50 };
const LONGER = { name: "longer", limit: 30, windowMs: 14_000, padMs: 200 };

/** What a change of the configuration makes of the quotas. */
const QUOTAS = {
  same: [SHORT, LONG],
  turned: [LONG, SHORT],
  more: [MIDDLE, SHORT, LONGER, LONG],
  renamed: [
    { ...LONG, name: "short" },
    { ...SHORT, name: "long" },
  ],
} as const;

/** A ticket as it is drawn; what its policies' limits are is known when it joins. */
type Asked = Join & { readonly under: string };

type Move =
  | { readonly kind: "turn"; readonly joins: readonly Asked[]; readonly ends: readonly number[] }
  | { readonly kind: "leaves" | "returns" | "everything" | "lostReply"; readonly pick: number }
  | {
      readonly kind: "pause";
      readonly pick: number;
      readonly forMs: number | undefined;
      readonly policy: string | undefined;
    }
  | { readonly kind: "relimit"; readonly policy: string; readonly limit: number }
  | { readonly kind: "requote"; readonly quotas: keyof typeof QUOTAS }
  | { readonly kind: "withdraw" };

interface Step {
  readonly process: (typeof PROCESSES)[number];
  readonly afterMs: number;
  readonly move: Move;
}

const joining = fc
  .record({
    consumer: fc.constantFrom("a", "b", "c|d"),
    weight: fc.constantFrom(1, 3, 5),
    cost: fc.constantFrom(1, 1, 1, 2, 5),
    urgency: fc.integer({ min: 0, max: 7 }),
    waitedMs: fc.constantFrom(0, 0, 12, 700),
    returning: fc.boolean(),
    under: fc.constantFrom("", "", "", "r", "r", "s", "s,r", "cap", "cap,r", "cap,r,s"),
  })
  .map(({ under, ...join }): Asked => ({ ticket: "", ...join, under }));

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("turn" as const),
      joins: fc.array(joining, { maxLength: 4 }),
      ends: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "leaves" as const,
        "returns" as const,
        "everything" as const,
        "lostReply" as const,
      ),
      pick: fc.nat(20),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("pause" as const),
      pick: fc.nat(20),
      // 0 and 2000 are an operator's orders.
      forMs: fc.constantFrom(undefined, 300, 3000, 0, 2000),
      policy: fc.constantFrom(undefined, "r", "s", "never"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("relimit" as const),
      policy: fc.constantFrom("r", "s", "cap"),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("requote" as const),
      quotas: fc.constantFrom(
        "same" as const,
        "turned" as const,
        "more" as const,
        "renamed" as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "withdraw" as const }) },
);

const steps = fc.array(
  fc.record({
    process: fc.constantFrom(...PROCESSES),
    afterMs: fc.constantFrom(0, 1, 7, 40, 310, 620, 2100, 6300, 8800),
    move,
  }),
  { minLength: 5, maxLength: 40 },
);

/** Plays a history against both twins at once, on one clock, and compares every reply. */
class Duel {
  readonly #tables = new MemoryTables();
  readonly #key = `duel-${randomUUID()}:{u}`;
  #terms: LedgerTerms;
  readonly #sequence = new Map<string, number>();
  readonly #tickets = new Map<string, { waiting: Join[]; held: string[]; ended: string[] }>();
  readonly #joins = new Map<string, Join>();
  readonly #grantedAt = new Map<string, number>();
  readonly #policies = new Map<string, Policy>([
    ["r", { name: "r", limit: 3, windowMs: 2000, padMs: 100 }],
    ["s", { name: "s", limit: 5, windowMs: 900, padMs: 50 }],
    ["cap", { name: "cap", limit: 4, windowMs: 5000, padMs: 100 }],
  ]);
  /** The highest limit that each has had. */
  readonly #highest = new Map([...this.#policies].map(([name, { limit }]) => [name, limit]));
  /** Units that may have left, by policy. */
  readonly #left: { ticket: string; policy: string; cost: number; at: number }[] = [];
  #now = 1_700_000_000_000_000;
  #count = 0;

  constructor(ledgerTerms: LedgerTerms) {
    this.#terms = ledgerTerms;
  }

  async play(history: readonly Step[]): Promise<void> {
    this.#tables.write("state", "memory", runId);
    await redis.hset(`${this.#key}:state`, { memory: runId });
    for (const step of history) {
      this.#now += step.afterMs * 1000 + 13;
      await this.#step(step);
    }
  }

  async #step({ process, move: { kind, ...rest } }: Step): Promise<void> {
    if (kind === "withdraw") return this.#withdraw(process);
    if (kind === "relimit" && "limit" in rest) return this.#relimit(rest.policy, rest.limit);
    if (kind === "requote" && "quotas" in rest) return this.#requote(rest.quotas);
    const mine = this.#of(process);
    const pick = "pick" in rest ? rest.pick : 0;
    const held = mine.held[pick % Math.max(1, mine.held.length)] ?? "none";
    if (kind === "pause" && "forMs" in rest) return this.#pause(process, held, rest);
    if (kind === "turn" && "joins" in rest) {
      const joins = rest.joins.map((asked) => this.#join(asked));
      mine.waiting.push(...joins);
      for (const join of joins) this.#joins.set(join.ticket, join);
      const ended = rest.ends.flatMap((end) =>
        mine.held.splice(end % Math.max(1, mine.held.length), 1),
      );
      mine.ended.push(...ended);
      return this.#turn(process, {
        joins,
        ...(rest.ends.length > 1 ? { answered: [held] } : {}),
        ended: ended.map((ticket) => ({ ticket, outcome: "answered" as const })),
      });
    }
    if (kind === "leaves") {
      const [left] = mine.waiting.splice(pick % Math.max(1, mine.waiting.length), 1);
      return this.#turn(process, { leaves: left ? [left.ticket] : [] });
    }
    if (kind === "returns") {
      mine.held = mine.held.filter((ticket) => ticket !== held);
      return this.#turn(process, { returned: [held] });
    }
    return this.#turn(
      process,
      kind === "lostReply" ? {} : { everything: this.#everything(process) },
      kind === "lostReply",
    );
  }

  #everything(process: string) {
    const { waiting, held, ended } = this.#of(process);
    const departed = [...held, ...ended].map((ticket) => {
      const { consumer = "", cost = 1, policies = [] } = this.#joins.get(ticket) ?? {};
      const agoMs = (this.#now - (this.#grantedAt.get(ticket) ?? 0)) / 1000;
      return { ticket, consumer, cost, agoMs, underWay: held.includes(ticket), policies };
    });
    return {
      waiting: waiting.map((join) => Object.assign({}, join, { returning: true })),
      departed,
      peers: ["p1", "p2"],
    };
  }

  async #turn(process: string, changes: Partial<TurnReport>, replyIsLost = false): Promise<void> {
    const sequence = (this.#sequence.get(process) ?? 0) + 1;
    this.#sequence.set(process, sequence);
    const first = sequence === 1 && !changes.everything ? { everything: HELLO } : {};
    const empty = { joins: [], leaves: [], ended: [], returned: [] };
    const report: TurnReport = { process, sequence, ...empty, ...first, ...changes };
    const model = takeTurn(this.#input(), report).reply;
    const real = readReply(await this.#script("turn", { report }));
    expect(real).toEqual(model);
    for (const [index, { windowMs, limit }] of this.#terms.quotas.entries()) {
      const isOld = windowMs === SHORT.windowMs || windowMs === LONG.windowMs;
      if (isOld) expect(model.standings[index]?.used).toBeLessThanOrEqual(limit);
    }
    expect(readOutlook(await this.#script("outlook", {}))).toEqual(takeOutlook(this.#input()));
    for (const ticket of changes.returned ?? []) this.#forget(ticket);
    if (replyIsLost) return;
    for (const ticket of model.granted) this.#depart(ticket);
    const mine = this.#of(process);
    const gone = new Set([...model.granted, ...model.refused.map(({ ticket }) => ticket)]);
    mine.waiting = mine.waiting.filter(({ ticket }) => !gone.has(ticket));
    mine.held.push(...model.granted);
  }

  async #pause(
    process: string,
    ticket: string,
    { forMs, policy }: { forMs: number | undefined; policy: string | undefined },
  ): Promise<void> {
    const ordered = forMs === 0 || forMs === 2000 ? { ordered: true } : {};
    const scope = policy === undefined ? ordered : { policy, ...ordered };
    const report = { process, ticket, ...(forMs === undefined ? {} : { forMs }), ...scope };
    const model = takePause(this.#input(), report);
    expect(Number(await this.#script("pause", { report }))).toBe(model);
  }

  async #withdraw(process: string): Promise<void> {
    takeLeave(this.#input(), process);
    await this.#script("leave", { process });
    // One that comes back under the same name says that nothing of it has left.
    const { held, ended } = this.#of(process);
    for (const ticket of [...held, ...ended]) this.#forget(ticket);
    this.#tickets.delete(process);
    this.#sequence.delete(process);
  }

  #join({ under, ...asked }: Asked): Join {
    const policies = under.split(",").flatMap((name) => this.#policies.get(name) ?? []);
    const ticket = this.#name();
    return { ...asked, ticket, ...(policies.length === 0 ? {} : { policies }) };
  }

  #relimit(name: string, limit: number): void {
    const policy = this.#policies.get(name);
    if (policy) this.#policies.set(name, { ...policy, limit });
    this.#highest.set(name, Math.max(limit, this.#highest.get(name) ?? 0));
  }

  #requote(quotas: keyof typeof QUOTAS): void {
    this.#terms = { ...this.#terms, quotas: QUOTAS[quotas] };
  }

  /** A unit leaves: no window of a policy may hold more than the highest limit that it has had. */
  #depart(ticket: string): void {
    this.#grantedAt.set(ticket, this.#now);
    const { cost = 0, policies = [] } = this.#joins.get(ticket) ?? {};
    for (const { name, windowMs } of policies) {
      this.#left.push({ ticket, policy: name, cost, at: this.#now });
      const inWindow = this.#left.filter(
        ({ policy, at }) => policy === name && at > this.#now - windowMs * 1000,
      );
      const units = inWindow.reduce((sum, unit) => sum + unit.cost, 0);
      expect(units).toBeLessThanOrEqual(this.#highest.get(name) ?? 0);
    }
  }

  #forget(ticket: string): void {
    const kept = this.#left.filter((unit) => unit.ticket !== ticket);
    this.#left.splice(0, this.#left.length, ...kept);
  }

  #input() {
    return { tables: this.#tables, terms: this.#terms, clock: this.#now, memory: runId };
  }

  #script(verb: "turn" | "pause" | "leave" | "outlook", input: object): Promise<unknown> {
    const time = JSON.stringify([Math.floor(this.#now / 1e6), this.#now % 1e6]);
    const body = JSON.stringify({ terms: this.#terms, ...input });
    return redis.eval(clocked(verb), 1, this.#key, body, "hints", time);
  }

  #of(process: string) {
    const known = this.#tickets.get(process);
    if (known) return known;
    const fresh = { waiting: [], held: [], ended: [] };
    this.#tickets.set(process, fresh);
    return fresh;
  }

  #name(): string {
    this.#count += 1;
    return `t${String(this.#count).padStart(4, "0")}`;
  }
}

describe("ledgerScript()", () => {
  const histories = Number(process.env["SLUICE_HISTORIES"] ?? 200);

  it(
    "decides as the rule in TypeScript does, on any history and any clock",
    { timeout: 600_000 },
    async () => {
      const ledgerTerms = terms({
        quotas: QUOTAS.same,
        concurrency: 6,
        maxWaiting: 9,
        forwardMs: 8000,
        firstPauseMs: 500,
        maxPauseMs: 2500,
      });
      await fc.assert(
        fc.asyncProperty(steps, fc.boolean(), (history, apart) =>
          new Duel({ ...ledgerTerms, apart }).play(history),
        ),
        { numRuns: histories },
      );
    },
  );
});

describe("createRedisLedger()", () => {
  it("grants nothing for the length of a lease where Redis has no memory of the ledger", async () => {
    const connections = [new Redis(inject("redisUrl")), new Redis(inject("redisUrl"))] as const;
    const [first, subscriber] = connections;
    const ledger = createRedisLedger({
      redis: first,
      subscriber,
      prefix: randomUUID(),
      terms: terms(),
    });
    const join = {
      ticket: "x",
      consumer: "a",
      weight: 1,
      cost: 1,
      urgency: 3,
      waitedMs: 0,
      returning: false,
    };
    const report = { process: "p", leaves: [], ended: [], returned: [] };
    const reply = await ledger.turn({ ...report, sequence: 1, joins: [join], everything: HELLO });
    expect(reply).toMatchObject({ granted: [], waiting: 1, wakeInMs: 500 });
    await ledger.close();
    for (const connection of connections) connection.disconnect();
  });

  it("turn() raises a StoreFault where Redis is not there", async () => {
    const options = { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 0 };
    const [first, subscriber] = [new Redis(1, options), new Redis(1, options)];
    const ledger = createRedisLedger({ redis: first, subscriber, prefix: "x", terms: terms() });
    const report = { process: "p", sequence: 1, joins: [], leaves: [], ended: [], returned: [] };
    await expect(ledger.turn(report)).rejects.toThrow(StoreFault);
    for (const connection of [first, subscriber]) connection.disconnect();
  });
});
