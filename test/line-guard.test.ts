import { describe, expect, it } from "vitest";
import { LineGuard } from "../src/line-guard.ts";
import { UpstreamFault } from "../src/ports/faults.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { upstream } from "./support/settings.ts";
import type { Permit } from "../src/schedule/permit.ts";
import type { Upstream } from "../src/ports/settings.ts";

const CIRCUIT = { failures: 0.5, least: 4, windowMs: 30_000, openMs: 10_000, statuses: [503] };
const SIGNAL = new AbortController().signal;

function nothing(): void {}

function permit(): Permit {
  const ends = { answered: nothing, refund: nothing, end: nothing, giveBack: nothing };
  return { ticket: "t", waitedMs: 0, policies: [], mayDepart: () => true, ...ends };
}

function open(changes: Partial<Upstream> = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const api = upstream({ circuit: CIRCUIT, ...changes });
  const guard = new LineGuard(api, { clock, onCircuit: (state) => told.push(state) });
  const fail = (times = 4): void => {
    for (let count = 0; count < times; count += 1) guard.begin(undefined).answered(503);
  };
  const board = () => guard.board(SIGNAL, () => Promise.resolve(permit()));
  return { api, clock, guard, told, fail, board };
}

describe("board()", () => {
  it("refuses at once while the circuit is open, with the time that is left", async () => {
    const { clock, fail, board, told } = open();
    fail();
    await clock.advance(2500);
    const details = { retryAfterSeconds: 8 };
    await expect(board()).rejects.toMatchObject({ type: "upstream-down", status: 503, details });
    expect(told).toEqual(["open"]);
  });

  it("lets those go who stand in line when the circuit opens", async () => {
    const { guard, fail } = open();
    const waiting = guard.board(
      SIGNAL,
      (leaving) =>
        new Promise((_resolve, reject) => {
          leaving.addEventListener("abort", () => reject(leaving.reason));
        }),
    );
    fail();
    await expect(waiting).rejects.toMatchObject({ type: "upstream-down" });
  });

  it("passes on that the client has left", async () => {
    const { guard } = open();
    const client = new AbortController();
    const waiting = guard.board(
      client.signal,
      (leaving) =>
        new Promise((_resolve, reject) => {
          leaving.addEventListener("abort", () => reject(leaving.reason));
        }),
    );
    client.abort(new Error("left"));
    await expect(waiting).rejects.toThrow("left");
    await expect(guard.board(client.signal, () => Promise.resolve(permit()))).rejects.toThrow(
      "left",
    );
  });

  it("lets one probe out after the time, and all once it was answered", async () => {
    const { clock, fail, board, guard, told } = open();
    fail();
    await clock.advance(10_000);
    await board();
    await expect(board()).rejects.toMatchObject({ details: { retryAfterSeconds: 1 } });
    guard.begin(undefined).answered(200);
    await board();
    await board();
    expect([told, guard.circuit]).toEqual([["open", "closed"], { state: "closed", openings: 1 }]);
  });

  it.each(["giveBack", "end"] as const)("lets another probe after a %s", async (how) => {
    const { clock, fail, board } = open();
    fail();
    await clock.advance(10_000);
    const probe = await board();
    if (how === "end") probe.end("failed");
    else probe.giveBack();
    expect((await board()).ticket).toBe("t");
  });

  it("lets another probe where the first could not stand in line", async () => {
    const { clock, fail, board, guard } = open();
    fail();
    await clock.advance(10_000);
    const full = guard.board(SIGNAL, () => Promise.reject(new Error("full")));
    await expect(full).rejects.toThrow("full");
    await board();
  });
});

describe("begin()", () => {
  it.each([
    ["a time-out", new UpstreamFault("timeout", ""), "open"],
    ["no connection", new UpstreamFault("unreachable", ""), "open"],
    ["a permit that ran out", new UpstreamFault("not-departed", ""), "closed"],
    ["a client that left", new DOMException("left", "AbortError"), "closed"],
  ])("takes %s for what it is", (_name, error, state) => {
    const { guard } = open();
    for (let count = 0; count < 4; count += 1) guard.begin({ name: "/a" }).failed(error);
    expect(guard.circuit.state).toBe(state);
  });

  it.each([429, 404, 500, 502])("takes an answer %i for one, unless it is listed", (status) => {
    const { guard } = open();
    for (let count = 0; count < 40; count += 1) guard.begin(undefined).answered(status);
    expect(guard.circuit.state).toBe("closed");
  });
});

describe("mayRetry()", () => {
  it("keeps within the budget, and retries nothing while the circuit is not closed", () => {
    const { guard, fail } = open({ retryBudget: 0.5 });
    for (let count = 0; count < 10; count += 1) guard.departed();
    expect(Array.from({ length: 7 }, () => guard.mayRetry())).toEqual([
      ...Array.from({ length: 5 }, () => true),
      false,
      false,
    ]);
    const other = open();
    other.fail();
    expect(other.guard.mayRetry()).toBe(false);
    fail();
  });
});

describe("follow()", () => {
  it("keeps the circuit over a reload, unless its terms or the address have changed", () => {
    const { api, guard, fail } = open();
    fail();
    guard.follow({ ...api, retryBudget: 0.2 });
    expect(guard.circuit.state).toBe("open");
    guard.follow({ ...api, url: new URL("http://other.example/api") });
    expect(guard.circuit.state).toBe("closed");
  });

  it("keeps what was retried, unless the budget has changed", () => {
    const { api, guard } = open();
    while (guard.mayRetry());
    guard.follow({ ...api, circuit: { ...CIRCUIT, least: 5 } });
    expect(guard.mayRetry()).toBe(false);
    guard.follow({ ...api, retryBudget: 0.2 });
    expect(guard.mayRetry()).toBe(true);
  });
});
