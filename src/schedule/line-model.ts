import { OWED } from "./assigned.ts";
import { LATE, paceMs } from "./departures.ts";
import type { ConsumerOutlook, LedgerOutlook, LedgerTerms, QuotaOutlook } from "../ports/ledger.ts";

/*
 * The ledger's rule played forward on even demand: who asks at a steady rate is served by start tags, kept to the pace,
 * ahead of it on credit, as far as the windows have room (grant.ts, assigned.ts, queue.ts). Time goes in steps of a pace or
 * more, and where many units fall into one step they are served a handful at a time, so that a forecast costs the same
 * whatever the limit.
 */

/** What the line is played forward from. */
export interface LineModelParts {
  readonly outlook: LedgerOutlook;
  readonly terms: LedgerTerms;
  /** Units a millisecond, by consumer. */
  readonly rates: ReadonlyMap<string, number>;
  /** Those whose lines are as long as they were: they ask again as they are answered, whatever their rate. */
  readonly steady: ReadonlySet<string>;
  /** Units a millisecond that the upstream takes where its concurrency holds; absent: it does not. */
  readonly servedPerMs?: number;
  /** Who would wait for longer is refused when it asks. */
  readonly maxWaitMs: number;
  readonly stepMs: number;
  /**
   * Units that have come by each step, what waits at the beginning included: of those whose inner quotas let them come
   * so, whatever their rates. Absent: nobody is under any.
   */
  readonly arrives?: ReadonlyMap<string, readonly number[]>;
}

/** One consumer while the line is played forward; units. */
export interface Player {
  readonly consumer: string;
  readonly weight: number;
  readonly ratePerMs: number;
  /** Asked for and let in since the beginning, what waited then included; parts of a unit are still to come. */
  asked: number;
  served: number;
  /** It asks for as much as it is given. */
  readonly steady: boolean;
  /** Units that it was given in the last step. */
  given: number;
  /** It was refused in the last step. */
  refused: boolean;
  start: number;
  credit: number;
}

interface Window {
  readonly limit: number;
  readonly spanMs: number;
  readonly frees: QuotaOutlook["frees"];
  free: number;
  /** Of those that were used at the beginning, how many have been given back. */
  released: number;
  /** How many of the units served since have been given back: index of the next step. */
  oldest: number;
}

/** A line that can be played forward, step by step. */
export class LineModel {
  readonly players: readonly Player[];
  /** Milliseconds since the outlook. */
  nowMs = 0;
  readonly #parts: LineModelParts;
  readonly #paceMs: number;
  readonly #longestMs: number;
  readonly #windows: readonly Window[];
  /** Units served in each step. */
  readonly #served: number[] = [];
  #virtual: number;
  #paceAt: number;
  /** Units that the upstream may take yet. */
  #fetched = 0;
  /** Of all who waited as the step began. */
  #weights = 0;

  constructor(parts: LineModelParts) {
    const { outlook, terms } = parts;
    this.#parts = parts;
    this.#paceMs = paceMs(terms);
    this.#longestMs = Math.max(...terms.quotas.map(({ windowMs, padMs }) => windowMs + padMs));
    this.#virtual = outlook.virtual;
    const held = outlook.blockedForMs > 0 || outlook.probing;
    // After a pause its probe goes first, and the pace begins anew behind it.
    this.#paceAt = held ? outlook.blockedForMs + this.#paceMs : outlook.paceInMs;
    this.players = outlook.consumers
      .map((one) => playerOf(one, parts))
      .filter((one) => one.asked > 0 || one.ratePerMs > 0 || parts.arrives?.has(one.consumer));
    this.#windows = terms.quotas.map(({ name, limit, windowMs, padMs }) => {
      const { used = 0, frees = [] } = outlook.quotas.find(({ quota }) => quota === name) ?? {};
      const spanMs = windowMs + padMs;
      return { limit, spanMs, frees, free: limit - used, released: 0, oldest: 0 };
    });
  }

  /** The index of a quota without room for a unit; -1 where all have some. */
  get full(): number {
    return this.#windows.findIndex(({ free }) => free < 1);
  }

  /** Lets one step pass: what is given back, what is asked for, what is served. */
  step(): void {
    const { stepMs, outlook } = this.#parts;
    this.nowMs += stepMs;
    for (const window of this.#windows) this.#release(window);
    this.#weights = 0;
    for (const player of this.players) {
      if (waitingOf(player) >= 1) this.#weights += player.weight;
    }
    for (const player of this.players) this.#ask(player);
    this.#served.push(0);
    if (this.nowMs > outlook.blockedForMs) this.#serve();
  }

  #release(window: Window): void {
    const due = freedBy(window.frees, this.nowMs);
    window.free += due - window.released;
    window.released = due;
    const { stepMs } = this.#parts;
    while (
      window.oldest < this.#served.length &&
      (window.oldest + 1) * stepMs + window.spanMs <= this.nowMs
    ) {
      window.free += this.#served[window.oldest] ?? 0;
      window.oldest += 1;
    }
  }

  #ask(player: Player): void {
    const { stepMs, maxWaitMs, outlook } = this.#parts;
    const waited = waitingOf(player);
    player.refused = waited >= 1 && this.#waitOf(player, waited) > maxWaitMs;
    const asks = this.#asksOf(player, stepMs);
    player.given = 0;
    if (!player.refused) player.asked += asks;
    const ramping = outlook.ramping && this.nowMs < this.#longestMs;
    if (waited >= 1 || ramping) return;
    // Idle until now: its share of a step is earned, up to a whole share.
    const share = this.#shareOf(player, waited) * this.#leastLimit();
    if (player.credit < share) player.credit += (share * stepMs) / this.#longestMs;
    if (waitingOf(player) < 1) return;
    player.start = Math.max(player.start, this.#virtual);
    // Credit is whole units.
    player.credit = Math.floor(player.credit + 1e-6);
  }

  #asksOf({ consumer, steady, given, ratePerMs }: Player, stepMs: number): number {
    const come = this.#parts.arrives?.get(consumer);
    if (!come) return steady ? given : ratePerMs * stepMs;
    const step = this.#served.length;
    return (come[step + 1] ?? 0) - (come[step] ?? 0);
  }

  /** Roughly how long one that asks now would wait: what waits, at the rate of its share. */
  #waitOf(player: Player, waiting: number): number {
    const { servedPerMs = Infinity } = this.#parts;
    return waiting / (Math.min(1 / this.#paceMs, servedPerMs) * this.#shareOf(player, waiting));
  }

  /** Its weight's part among those who waited as the step began. */
  #shareOf({ weight }: Player, waiting: number): number {
    return weight / (this.#weights + (waiting >= 1 ? 0 : weight));
  }

  #leastLimit(): number {
    return Math.min(...this.#windows.map(({ limit }) => limit));
  }

  #serve(): void {
    const { stepMs, servedPerMs = Infinity } = this.#parts;
    const taken = servedPerMs * stepMs;
    const handful = Math.max(1, Math.floor(stepMs / this.#paceMs));
    this.#fetched = Math.min(taken + 1, this.#fetched + taken);
    for (let player = this.#next(); player && this.#fetched >= 1; player = this.#next()) {
      const room = Math.floor(Math.min(...this.#windows.map(({ free }) => free)));
      if (room < 1) return this.#lapse();
      const paced = this.nowMs >= this.#paceAt;
      const most = paced ? handful : player.credit;
      const units = Math.min(Math.floor(waitingOf(player)), room, most, Math.floor(this.#fetched));
      if (units < 1) return undefined;
      this.#give(player, units, paced);
    }
    return undefined;
  }

  /** Whose turn it is: the least tag by the pace; before it, the least of those with credit. */
  #next(): Player | undefined {
    const paced = this.nowMs >= this.#paceAt;
    let least: Player | undefined;
    for (const player of this.players) {
      if (waitingOf(player) < 1 || !(paced || player.credit >= 1)) continue;
      if (!least || player.start < least.start) least = player;
    }
    return least;
  }

  #give(player: Player, units: number, paced: boolean): void {
    const pace = this.#paceMs;
    const bypass =
      !paced && this.players.some((other) => waitingOf(other) >= 1 && other.start < player.start);
    player.served += units;
    player.given += units;
    this.#fetched -= units;
    for (const window of this.#windows) window.free -= units;
    const last = this.#served.length - 1;
    this.#served[last] = (this.#served[last] ?? 0) + units;
    if (!bypass) {
      this.#virtual = Math.max(this.#virtual, player.start);
      player.start += units / player.weight;
    }
    const from = Math.max(this.#paceAt, this.nowMs - LATE * Math.max(pace, this.#parts.stepMs));
    if (paced) this.#paceAt = from + pace * units;
    else {
      player.credit -= units;
      const most = Math.max(this.#paceAt, this.nowMs + OWED * pace);
      this.#paceAt = Math.min(from + pace * units, most);
    }
  }

  /** Credit is a right to what is free, and nothing is. */
  #lapse(): void {
    for (const player of this.players) if (waitingOf(player) >= 1) player.credit = 0;
  }
}

/** Units that wait whole. */
export function waitingOf({ asked, served }: Player): number {
  return asked - served + 1e-9;
}

function playerOf(one: ConsumerOutlook, parts: LineModelParts): Player {
  const { outlook, rates, steady, arrives } = parts;
  const { consumer, weight, start } = one;
  const units = arrives?.get(consumer)?.[0] ?? one.units;
  const held = outlook.blockedForMs > 0 || outlook.probing;
  const begins = { asked: units, served: 0, given: 0, refused: false, start };
  const asks = { ratePerMs: rates.get(consumer) ?? 0, steady: steady.has(consumer) };
  return { consumer, weight, ...asks, ...begins, credit: held ? 0 : one.credit };
}

/** Units given back by an instant, on straight lines between the points. */
function freedBy(frees: QuotaOutlook["frees"], atMs: number): number {
  const index = frees.findIndex(({ inMs }) => inMs > atMs);
  const [before, after] = [frees[index === -1 ? frees.length - 1 : index - 1], frees[index]];
  if (after === undefined || before === undefined) return before?.units ?? 0;
  const part = (atMs - before.inMs) / (after.inMs - before.inMs);
  return before.units + part * (after.units - before.units);
}
