import { afterAll, describe, expect, it } from "vitest";
import { flood, stream, trickle } from "./demand.ts";
import { jain, quantile, servedIn, table, waitsOf } from "./figures.ts";
import { CLIENTEXEC, QuotaWorld } from "./quota-world.ts";
import { longestSilence, worstWindow } from "../support/ledger-world.ts";
import type { LedgerTerms } from "../../src/ports/ledger.ts";

/*
 * Hours of a shared quota in seconds: the ledger's rule and each process's half of it, as they run, on a clock that
 * jumps from event to event. 200 units a minute, a second of pad, three processes. SLUICE_HOURS makes it longer.
 */

const HOURS = Number(process.env["SLUICE_HOURS"] ?? 1);
const HOUR = 3_600_000 * HOURS;
const LIMIT = 200;
const WINDOW = 60_000;
const SPAN = 61_000;
/** One unit's time at even use of the whole quota. */
const PACE = SPAN / LIMIT;

const rows: [string, string, string][] = [["scenario", "bar", "came out"]];
function note(scenario: string, bar: string, came: string): void {
  rows.push([scenario, bar, came]);
}

afterAll(() => {
  process.stdout.write(`\n${table(rows)}\n\n`);
});

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** The same terms with another limit. */
function limited(limit: number): LedgerTerms {
  return { ...CLIENTEXEC, quotas: CLIENTEXEC.quotas.map((quota) => ({ ...quota, limit })) };
}

/** Nothing in the world's whole life left beyond the limit. */
function keepsLimit(world: QuotaWorld, limit = LIMIT): void {
  expect(worstWindow(world.departures, WINDOW)).toBeLessThanOrEqual(limit);
}

/** The part of what `limit * window / (window + pad)` allows that left in a span. */
function useOf(world: QuotaWorld, [from, to]: readonly [number, number]): number {
  const left = world.departures.filter((at) => at >= from && at < to).length;
  return left / ((to - from) / PACE);
}

describe("one floods while others trickle", { timeout: 60_000 * HOURS }, () => {
  it.each([
    [1, 20_000],
    [4, 20_000],
    [4, 5000],
    [9, 60_000],
  ])("%i that ask every %i ms wait no longer than a turn of their share", (lights, everyMs) => {
    const world = new QuotaWorld();
    flood(world, { consumer: "flood" }, { callers: 60 });
    const names = Array.from({ length: lights }, (_, index) => `light ${index}`);
    for (const [index, consumer] of names.entries()) {
      const timing = { everyMs: everyMs + index * 777, fromMs: 70_000 + index * 3000 };
      trickle(world, { consumer, process: `p${(index % 3) + 1}` }, timing);
    }
    world.run(HOUR);
    const waits = names.flatMap((name) => waitsOf(world.asked, name));
    const turn = (lights + 1) * PACE;
    const worst = Math.max(...waits);
    const name = `flood and ${lights} that ask every ${everyMs / 1000} s: their longest wait`;
    note(name, `<= ${seconds(turn)}`, `${seconds(worst)}, p50 ${seconds(quantile(waits, 0.5))}`);
    expect(waits.length).toBeGreaterThan(lights * (HOUR / (2 * everyMs)));
    expect(worst).toBeLessThanOrEqual(turn);
    expect(useOf(world, [SPAN, HOUR])).toBeGreaterThanOrEqual(0.98);
    expect(longestSilence(world.departures.filter((at) => at > SPAN))).toBeLessThan(4 * PACE);
    keepsLimit(world);
  });
});

describe("all flood", { timeout: 60_000 * HOURS }, () => {
  it("equals of unequal appetite get equal shares: Jain's index at least 0.99 in each quarter of an hour", () => {
    const world = new QuotaWorld();
    const names = ["a", "b", "c", "d", "e"];
    for (const [index, consumer] of names.entries()) {
      flood(world, { consumer }, { callers: 10 + index * 30 });
    }
    world.run(HOUR);
    const quarters = Array.from({ length: 4 * HOURS }, (_, index) => index * 900_000);
    const worst = Math.min(
      ...quarters.map((from) => {
        const span = [Math.max(SPAN, from), from + 900_000] as const;
        return jain(names.map((name) => servedIn(world.asked, name, span)));
      }),
    );
    note("five flood: Jain's index, worst quarter", ">= 0.99", worst.toFixed(4));
    expect(worst).toBeGreaterThanOrEqual(0.99);
    expect(useOf(world, [SPAN, HOUR])).toBeGreaterThanOrEqual(0.98);
    keepsLimit(world);
  });

  it("weights 5:3:1 come out within 1 % over the whole, within a unit and 3 % in each window", () => {
    const world = new QuotaWorld();
    const weights = { five: 5, three: 3, one: 1 };
    for (const [consumer, weight] of Object.entries(weights)) {
      flood(world, { consumer, weight }, { callers: 60 });
    }
    world.run(HOUR);
    const served = Object.keys(weights).map((name) => servedIn(world.asked, name, [SPAN, HOUR]));
    const ratio = served.map((units) => units / (served[2] ?? 1));
    note("weights 5:3:1 flood", "5:3:1", ratio.map((part) => part.toFixed(2)).join(":"));
    expect(Math.abs((ratio[0] ?? 0) / 5 - 1)).toBeLessThan(0.01);
    expect(Math.abs((ratio[1] ?? 0) / 3 - 1)).toBeLessThan(0.01);
    for (let from = SPAN; from + SPAN <= HOUR; from += SPAN) {
      for (const [consumer, weight] of Object.entries(weights)) {
        const due = (LIMIT * weight) / 9;
        const came = servedIn(world.asked, consumer, [from, from + SPAN]);
        expect(Math.abs(came - due)).toBeLessThanOrEqual(1 + 0.03 * due);
      }
    }
    keepsLimit(world);
  });
});

describe("a lone consumer", { timeout: 60_000 * HOURS }, () => {
  it.each([1, 5, 60])("with %i callers reaches 98 of 100 parts of the whole", (callers) => {
    const world = new QuotaWorld();
    flood(world, { consumer: "lone" }, { callers });
    world.run(HOUR);
    const use = useOf(world, [SPAN, HOUR]);
    note(`one alone, ${callers} callers: use`, ">= 98 %", `${(use * 100).toFixed(2)} %`);
    expect(use).toBeGreaterThanOrEqual(0.98);
    expect(longestSilence(world.departures.filter((at) => at > SPAN))).toBeLessThan(4 * PACE);
    keepsLimit(world);
  });
});

describe("arrivals and departures", { timeout: 60_000 * HOURS }, () => {
  it("one that comes back for its share has it within a unit's time for each that it wants", () => {
    const world = new QuotaWorld();
    flood(world, { consumer: "borrower" }, { callers: 400 });
    const units = 100;
    world.run(600_000);
    for (let index = 0; index < units; index += 1) {
      world.ask({ consumer: "owner", process: "p2" });
    }
    world.run(300_000);
    const waits = waitsOf(world.asked, "owner");
    // Of two equals it gets every second unit.
    const each = Math.max(...waits.map((wait, index) => wait / (index + 1)));
    note(
      "claw-back of 100 units by one of two equals: time a unit",
      "<= 0.61 s, and a pace",
      seconds(each),
    );
    expect(waits).toHaveLength(units);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual((index + 1) * 2 * PACE + PACE);
    }
    keepsLimit(world);
  });

  it("who is there shares evenly, in each hour's comings and goings", () => {
    const world = new QuotaWorld();
    const stays = [
      [0, HOUR],
      [600_000, 1_800_000],
      [1_200_000, 2_400_000],
    ] as const;
    for (const [index, [fromMs, untilMs]] of stays.entries()) {
      flood(world, { consumer: `c${index}` }, { callers: 30, fromMs, untilMs });
    }
    world.run(HOUR);
    const served = (from: number, to: number): number[] =>
      ["c0", "c1", "c2"].map((name) => servedIn(world.asked, name, [from, to]));
    const [two, three] = [served(670_000, 1_200_000), served(1_270_000, 1_800_000)];
    const index = Math.min(jain(two.slice(0, 2)), jain(three));
    note("two, then three, then one: Jain's index of those there", ">= 0.99", index.toFixed(4));
    expect(index).toBeGreaterThanOrEqual(0.99);
    expect(useOf(world, [SPAN, HOUR])).toBeGreaterThanOrEqual(0.98);
    keepsLimit(world);
  });

  it("requests that come at random and leave room are served almost at once", () => {
    const world = new QuotaWorld();
    for (let index = 0; index < 4; index += 1) {
      stream(world, { consumer: `c${index}` }, { perMinute: 30, seed: index });
    }
    world.run(HOUR);
    const waits = world.asked.flatMap(({ askedAt, departedAt = HOUR }) => departedAt - askedAt);
    const [half, most] = [quantile(waits, 0.5), quantile(waits, 0.99)];
    note("four at random, 60 % of the quota: wait", "p50 0 s", `p99 ${seconds(most)}`);
    expect(half).toBe(0);
    expect(most).toBeLessThan(3000);
    keepsLimit(world);
  });
});

describe("a pause in the middle", { timeout: 60_000 * HOURS }, () => {
  it("lets nothing leave while it lasts, one probe when it ends, and then no more than the pace", () => {
    const world = new QuotaWorld({ ...CLIENTEXEC, maxPauseMs: 600_000 });
    world.answerAfterMs = 200;
    for (const consumer of ["a", "b"]) flood(world, { consumer }, { callers: 60 });
    world.run(900_000);
    world.pause(90_000);
    world.run(HOUR - 900_000);
    const after = world.departures.filter((at) => at > 900_000).map((at) => at - 900_000);
    const [probe = 0, next = 0] = after;
    const inFirst = after.filter((at) => at < 90_000 + SPAN).length;
    note("a pause of 90 s: first departure", ">= 90 s", seconds(probe));
    expect(probe).toBeGreaterThanOrEqual(90_000);
    expect(probe).toBeLessThan(90_600);
    expect(next - probe).toBeGreaterThanOrEqual(200);
    // After 90 s every window is empty, and still there is no burst.
    expect(worstWindow(after, 10 * PACE)).toBeLessThanOrEqual(13);
    expect(inFirst).toBeLessThanOrEqual(LIMIT + 2);
    expect(
      jain(["a", "b"].map((name) => servedIn(world.asked, name, [990_000, HOUR]))),
    ).toBeGreaterThan(0.99);
    keepsLimit(world);
  });
});

describe("a lowered limit", { timeout: 60_000 * HOURS }, () => {
  it("holds from the next unit on, and the raised one again", () => {
    const world = new QuotaWorld();
    for (const consumer of ["a", "b", "c"]) flood(world, { consumer }, { callers: 60 });
    world.run(600_000);
    world.terms = limited(120);
    world.run(1_200_000);
    world.terms = limited(200);
    world.run(1_200_000);
    const left = (from: number, to: number): number[] =>
      world.departures.filter((at) => at >= from && at < to);
    const lowered = worstWindow(left(600_000 + WINDOW, 1_800_000), WINDOW);
    const use =
      left(600_000 + 2 * SPAN, 1_800_000).length / ((1_200_000 - 2 * SPAN) / (SPAN / 120));
    const back = useOf(world, [1_800_000 + 2 * SPAN, 3_000_000]);
    note(
      "limit 200 -> 120: most in a window",
      "<= 120",
      `${lowered}, use ${(use * 100).toFixed(1)} %`,
    );
    note("limit 120 -> 200: use two windows later", ">= 98 %", `${(back * 100).toFixed(1)} %`);
    expect(lowered).toBeLessThanOrEqual(120);
    // While the window still holds more than the new limit, nothing leaves.
    expect(worstWindow(left(600_000, 600_000 + SPAN), WINDOW)).toBeLessThanOrEqual(120);
    expect(use).toBeGreaterThanOrEqual(0.98);
    expect(back).toBeGreaterThanOrEqual(0.98);
    keepsLimit(world);
  });
});

describe("a restart", { timeout: 60_000 * HOURS }, () => {
  it("of the store without memory breaks no window: every process hands in what it sent", () => {
    const world = new QuotaWorld();
    for (const consumer of ["a", "b"]) flood(world, { consumer }, { callers: 60 });
    world.run(600_000);
    world.forget();
    world.run(HOUR - 600_000);
    const first = world.departures.find((at) => at > 600_000) ?? Infinity;
    note("a store that forgets: first departure after", "2 s", seconds(first - 600_000));
    expect(first - 600_000).toBeGreaterThanOrEqual(2000);
    expect(first - 600_000).toBeLessThan(4000);
    expect(useOf(world, [600_000 + 2 * SPAN, HOUR])).toBeGreaterThanOrEqual(0.98);
    keepsLimit(world);
  });

  it("of the store while a process is dead waits a whole window for what that one may have sent", () => {
    const world = new QuotaWorld();
    for (const process of ["p1", "p2", "p3"]) {
      flood(world, { consumer: "a", process }, { callers: 20 });
    }
    world.run(600_000);
    world.kill("p3");
    world.forget();
    world.run(HOUR - 600_000);
    const first = world.departures.find((at) => at > 600_000) ?? Infinity;
    note("a store that forgets beside a dead process", "<= 61 s", seconds(first - 600_000));
    expect(first - 600_000).toBeLessThanOrEqual(SPAN + 1000);
    keepsLimit(world);
  });

  it("of a process costs the others nothing but its lease, and its departures stay counted", () => {
    const world = new QuotaWorld();
    for (const process of ["p1", "p2", "p3"]) {
      flood(world, { consumer: process, process }, { callers: 30 });
    }
    for (let at = 300_000; at < HOUR; at += 300_000) {
      world.events.after(at, () => {
        world.kill("p3");
        flood(world, { consumer: "p3", process: "p3" }, { callers: 30, fromMs: 5000 });
      });
    }
    world.run(HOUR);
    const use = useOf(world, [SPAN, HOUR]);
    note("a process killed every 5 min: use", ">= 98 %", `${(use * 100).toFixed(1)} %`);
    expect(use).toBeGreaterThanOrEqual(0.98);
    keepsLimit(world);
  });
});

describe("a clock jump", { timeout: 60_000 * HOURS }, () => {
  it.each([-5000, 900])("of the store's clock by %i ms breaks no window", (jumpMs) => {
    const world = new QuotaWorld();
    for (const consumer of ["a", "b"]) flood(world, { consumer }, { callers: 60 });
    world.run(600_000);
    world.clockAheadMs = jumpMs;
    world.run(HOUR - 600_000);
    const first = world.departures.find((at) => at > 600_000) ?? Infinity;
    const worst = worstWindow(world.departures, WINDOW);
    note(`the store's clock jumps by ${jumpMs / 1000} s: most in a window`, "<= 200", `${worst}`);
    expect(first - 600_000).toBeLessThanOrEqual(Math.max(0, -jumpMs) + 4 * PACE);
    expect(useOf(world, [600_000 + 2 * SPAN, HOUR])).toBeGreaterThanOrEqual(0.98);
    keepsLimit(world);
  });

  it("forward by more than the pad lets as much more leave as it skips: the stated exception", () => {
    const world = new QuotaWorld();
    for (const consumer of ["a", "b"]) flood(world, { consumer }, { callers: 60 });
    world.run(600_000);
    world.clockAheadMs = 10_000;
    world.run(600_000);
    const worst = worstWindow(world.departures, WINDOW);
    note("... by 10 s forward: most in a window", "(no promise)", `${worst}`);
    // Nine of the sixty seconds are missing from one window's count.
    expect(worst).toBeLessThanOrEqual(Math.ceil(LIMIT * (1 + 10_000 / SPAN)));
  });
});
