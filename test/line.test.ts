import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { cachePolicy } from "./support/settings.ts";
import { Workbench } from "./support/workbench.ts";
import { Problem } from "../src/http/problem.ts";

const SAFE = { safe: true };

async function typeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Problem ? error.type : `no problem: ${String(error)}`;
}

describe("send()", () => {
  it("gives slot and concurrency back once the body has ended, not before", async () => {
    const bench = new Workbench();
    const body = new PassThrough();
    bench.client.script.push({ status: 200, body });
    const sending = bench.send(bench.errand("GET"));
    await bench.clock.advance(1);
    const reply = await sending;
    expect([bench.slots, bench.line.scheduler.load.underWay]).toEqual([1, 1]);
    reply.body.resume();
    body.end();
    await bench.clock.advance(1);
    expect([bench.slots, bench.line.scheduler.load.underWay]).toEqual([0, 0]);
  });

  it("asks for a new permit where the first grew old before the head was written", async () => {
    const bench = new Workbench();
    bench.client.script.push({ connectMs: 150 });
    const errand = bench.errand("POST");
    const sending = bench.send(errand);
    await bench.clock.advance(1000);
    const reply = await sending;
    reply.body.resume();
    expect(reply.status).toBe(200);
    expect(bench.client.seen).toHaveLength(1);
    expect(errand.notes.forwards).toBe(1);
  });

  it("pauses on a 429 and goes again after it, whatever the method", async () => {
    const bench = new Workbench();
    bench.client.script.push({ status: 429, fields: ["Retry-After", "3"] });
    const errand = bench.errand("POST");
    const sending = bench.send(errand);
    await bench.clock.advance(2900);
    expect(bench.client.seen).toHaveLength(1);
    await bench.clock.advance(1000);
    const reply = await sending;
    reply.body.resume();
    expect(reply.status).toBe(200);
    const [first, second] = bench.client.seen;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(3000);
    expect(errand.notes).toMatchObject({ forwards: 2, units: 2, throttled: 1 });
  });

  it("passes the 429 on where the pause outlasts the deadline, or the body cannot be sent again", async () => {
    const bench = new Workbench();
    bench.client.script.push({ status: 429, fields: ["Retry-After", "60"] });
    const hopeless = bench.send(bench.errand("GET"));
    await bench.clock.advance(10);
    expect((await hopeless).status).toBe(429);

    const other = new Workbench();
    other.client.script.push({ status: 429, fields: ["Retry-After", "1"] });
    const stream = Readable.from([Buffer.from("large")]);
    const body = { kind: "stream", stream, declaredBytes: undefined, hasten: () => {} } as const;
    const once = other.send({ ...other.errand("POST"), body });
    await other.clock.advance(10);
    expect((await once).status).toBe(429);
    expect(other.client.seen).toHaveLength(1);
  });

  it("takes a 429 for unchanged, everything else that left for perhaps changed", async () => {
    const bench = new Workbench();
    bench.client.script.push({ status: 429, fields: ["Retry-After", "60"] }, { fault: "timeout" });
    const refused = bench.errand("PUT");
    const sending = bench.send(refused);
    await bench.clock.advance(10);
    await sending;
    expect(refused.effect.mayHaveChanged).toBe(false);

    const other = new Workbench();
    other.client.script.push({ fault: "timeout" });
    const unknown = other.errand("PUT");
    const failing = typeOf(other.send(unknown));
    await other.clock.advance(10);
    expect([await failing, unknown.effect.mayHaveChanged]).toEqual(["upstream-timeout", true]);
  });

  it.each([
    ["GET", SAFE, "broken", 2, "answered"],
    ["GET", {}, "broken", 1, "upstream-broke-off"],
    ["POST", SAFE, "broken", 1, "upstream-broke-off"],
    ["POST", {}, "unreachable", 1, "answered"],
  ] as const)("%s on a route %o after %s: %i sent", async (...retry) => {
    const [method, route, fault, sent, outcome] = retry;
    const bench = new Workbench({ maxRetries: 1 });
    bench.client.script.push({ fault });
    const sending = bench.send(bench.errand(method, route)).then((reply) => {
      reply.body.resume();
      return "answered";
    });
    const settled = sending.catch((error: unknown) => (error instanceof Problem ? error.type : ""));
    await bench.clock.advance(1000);
    expect([await settled, bench.client.seen.length]).toEqual([outcome, sent]);
    await bench.clock.advance(1);
    expect([bench.slots, bench.line.scheduler.load.underWay]).toEqual([0, 0]);
  });

  it("waits no longer than the deadline for a connection", async () => {
    const bench = new Workbench();
    bench.client.script.push({ connectMs: 60_000 });
    const sending = typeOf(bench.send(bench.errand("GET", {}, 1000)));
    await bench.clock.advance(1100);
    expect(await sending).toBe("deadline-passed");
    expect([bench.slots, bench.line.scheduler.load.underWay]).toEqual([0, 0]);
  });

  it("still knows that the first attempt may have changed something when the second meets a 429", async () => {
    const bench = new Workbench({ maxRetries: 1 });
    bench.client.script.push({ fault: "broken" }, { status: 429, fields: ["Retry-After", "60"] });
    const errand = bench.errand("GET", SAFE);
    const sending = bench.send(errand);
    await bench.clock.advance(1000);
    expect((await sending).status).toBe(429);
    expect(errand.effect.mayHaveChanged).toBe(true);
  });

  it("retries no more often than it is told to", async () => {
    const bench = new Workbench({ maxRetries: 2 });
    bench.client.script.push(...Array.from({ length: 9 }, () => ({ fault: "broken" }) as const));
    const failing = typeOf(bench.send(bench.errand("GET", SAFE)));
    await bench.clock.advance(1000);
    expect([await failing, bench.client.seen.length]).toEqual(["upstream-broke-off", 3]);
  });

  it("waits longer before each retry, and not beyond the deadline", async () => {
    const bench = new Workbench({ maxRetries: 5 });
    bench.client.script.push(...Array.from({ length: 9 }, () => ({ fault: "broken" }) as const));
    const failing = typeOf(bench.send(bench.errand("GET", SAFE, 600)));
    await bench.clock.advance(1000);
    expect(await failing).toBe("upstream-broke-off");
    // 0.1, 0.2 and 0.4 s less the chance of a half; the third would end beyond the deadline with them.
    expect(bench.client.seen.map(({ atMs }) => Math.round(atMs))).toEqual([0, 75, 225, 525]);
  });

  it("retries within the budget, and then tells what failed", async () => {
    const bench = new Workbench({ maxRetries: 1 });
    for (let count = 0; count < 4; count += 1) {
      bench.client.script.unshift({ fault: "broken" });
      const sending = typeOf(bench.send(bench.errand("GET", SAFE)));
      await bench.clock.advance(200);
      const problem = count < 3 ? "no problem: undefined" : "upstream-broke-off";
      expect(await sending).toBe(problem);
    }
    expect(bench.client.seen).toHaveLength(7);
  });

  it("opens the circuit where most fails; then refuses, probes with one, and goes on", async () => {
    const circuit = { failures: 0.5, least: 4, windowMs: 30_000, openMs: 10_000, statuses: [503] };
    const bench = new Workbench({ circuit });
    bench.client.script.push(...Array.from({ length: 4 }, () => ({ status: 503 })));
    for (let count = 0; count < 4; count += 1) {
      const sending = bench.send(bench.errand("POST"));
      await bench.clock.advance(10);
      (await sending).body.resume();
    }
    expect(await typeOf(bench.send(bench.errand("POST")))).toBe("upstream-down");
    expect(bench.line.scheduler.load.waiting).toBe(0);
    await bench.clock.advance(10_000);
    bench.client.script.push({ status: 200, afterMs: 50 });
    const errand = bench.errand("POST");
    const probe = bench.send(errand);
    const other = typeOf(bench.send(bench.errand("POST")));
    await bench.clock.advance(100);
    expect([(await probe).status, await other]).toEqual([200, "upstream-down"]);
    (await probe).body.resume();
    const after = bench.send(bench.errand("POST"));
    await bench.clock.advance(100);
    expect((await after).status).toBe(200);
    expect(bench.circuits).toEqual(["open", "closed"]);
    expect(bench.client.seen).toHaveLength(6);
    // The probe has cost a unit like any other.
    expect(errand.notes).toMatchObject({ forwards: 1, units: 1 });
  });

  it("turns the upstream's refusal of the gateway's key into a problem for the operator", async () => {
    const bench = new Workbench({ keyRefusedStatuses: [401] });
    bench.client.script.push({ status: 401 });
    const failing = typeOf(bench.send(bench.errand("GET", SAFE)));
    await bench.clock.advance(10);
    expect([await failing, bench.client.seen.length]).toEqual(["upstream-refused-key", 1]);
    expect(bench.slots).toBe(0);
  });

  it.each([
    ["as any other, unless the route says otherwise", 304, true, 1],
    ["nothing for a 304 where the route says so", 304, false, 0],
    ["another answer there all the same", 200, false, 1],
  ])("charges %s", async (...charging) => {
    const [, status, chargeNotModified, used] = charging;
    const bench = new Workbench();
    bench.client.script.push({ status });
    const errand = bench.errand("GET", { cache: cachePolicy({ chargeNotModified }) });
    const sending = bench.send(errand);
    await bench.clock.advance(1);
    (await sending).body.resume();
    await bench.clock.advance(1);
    expect(bench.line.scheduler.outlook.standings[0]?.used).toBe(used);
    expect(errand.notes).toMatchObject({ forwards: 1, units: used });
  });

  it("counts as many units as the ledger, where a route costs more than one", async () => {
    const bench = new Workbench();
    const errand = bench.errand("GET", { cost: 3 });
    const sending = bench.send(errand);
    await bench.clock.advance(1);
    (await sending).body.resume();
    await bench.clock.advance(1);
    expect(bench.line.scheduler.outlook.standings[0]?.used).toBe(3);
    expect(errand.notes.units).toBe(3);
  });

  it("tells each time when the request has to stand in line again", async () => {
    const bench = new Workbench({ maxRetries: 1 });
    bench.client.script.push(
      { status: 429, fields: ["Retry-After", "1"] },
      { fault: "broken" },
      { status: 200 },
    );
    let returns = 0;
    const errand = { ...bench.errand("GET", SAFE), onReturn: () => void (returns += 1) };
    const sending = bench.send(errand);
    await bench.clock.advance(2000);
    expect([(await sending).status, returns]).toEqual([200, 2]);
  });
});

describe("late()", () => {
  it("rejects at the errand's deadline with what its client is told, not before", async () => {
    const bench = new Workbench();
    let told: unknown;
    const late = bench.line.late(
      bench.errand("GET", {}, 1000),
      new AbortController().signal,
      false,
    );
    late.catch((error: unknown) => (told = error));
    await bench.clock.advance(999);
    expect(told).toBeUndefined();
    await bench.clock.advance(1);
    expect(told).toMatchObject({
      type: "deadline-passed",
      details: { members: { waitedMs: 1000 } },
    });
  });

  it("ends with its signal", async () => {
    const bench = new Workbench();
    const done = new AbortController();
    const late = bench.line.late(bench.errand("GET"), done.signal, false);
    done.abort(new Error("landed"));
    await expect(late).rejects.toThrow("landed");
  });

  it("where another process leads, rejects only once the upstream is paused too", async () => {
    const bench = new Workbench();
    let told: unknown;
    const late = bench.line.late(bench.errand("GET", {}, 1000), new AbortController().signal, true);
    late.catch((error: unknown) => (told = error));
    await bench.clock.advance(20_000);
    expect(told).toBeUndefined();
    await bench.pause(5);
    await bench.clock.advance(1000);
    expect(told).toMatchObject({ type: "deadline-passed" });
  });
});
