import { request } from "undici";
import { describe, expect, it } from "vitest";
import { createControl, type Controlled } from "./control.ts";
import type { AddressInfo } from "node:net";

/** A control port before a simulator that only writes down what it is told. */
async function control(seen: Partial<Controlled> = {}) {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...given: unknown[]): void => {
      calls.push([name, ...given]);
    };
  const server = createControl({
    arrivals: () => [],
    violations: () => 0,
    worstWindow: () => 0,
    longestStallMs: () => 0,
    held: () => 0,
    payments: () => 0,
    script: note("script"),
    limits: note("limits"),
    spend: note("spend"),
    release: note("release"),
    reset: note("reset"),
    clear: note("clear"),
    deaf: async () => note("deaf")(),
    hear: async () => note("hear")(),
    ...seen,
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    calls,
    async ask(wish: string, text?: string) {
      const [method = "", path = ""] = wish.split(" ");
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
        method,
        body: text ?? null,
      });
      return [statusCode, await body.json()];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

const ARRIVALS = [
  { method: "GET", status: 200 },
  { method: "GET", status: 429 },
  { method: "PUT", status: 200 },
];

describe("createControl()", () => {
  it("reports in /seen what the simulator saw, counted by method and status", async () => {
    await using port = await control({
      arrivals: () => ARRIVALS,
      violations: () => 1,
      worstWindow: () => 3,
      longestStallMs: () => 12.5,
      held: () => 4,
      payments: () => 5,
    });
    expect(await port.ask("GET /seen")).toEqual([
      200,
      {
        arrivals: 3,
        byMethod: { GET: 2, PUT: 1 },
        byStatus: { "200": 2, "429": 1 },
        violations: 1,
        worstWindow: 3,
        longestStallMs: 12.5,
        held: 4,
        payments: 5,
      },
    ]);
    expect(await port.ask("GET /arrivals")).toEqual([200, ARRIVALS]);
  });

  it.each([
    { wish: "POST /script", body: { match: "/a", status: 503 }, call: "script" },
    { wish: "POST /limits", body: { limit: 5 }, call: "limits" },
  ])("hands the body of $wish on", async ({ wish, body, call }) => {
    await using port = await control();
    expect((await port.ask(wish, JSON.stringify(body)))[0]).toBe(200);
    expect(port.calls).toEqual([[call, body]]);
  });

  it("spends, releases and resets", async () => {
    await using port = await control();
    expect(await port.ask("POST /spend", '{"units":7}')).toEqual([200, { spent: 7 }]);
    expect(await port.ask("POST /release")).toEqual([200, { released: true }]);
    expect(await port.ask("POST /reset")).toEqual([200, { reset: true }]);
    expect(port.calls).toEqual([["spend", 7], ["release"], ["reset"]]);
  });

  it("drops scripts, turns deaf and hears again", async () => {
    await using port = await control();
    expect(await port.ask("POST /clear")).toEqual([200, { cleared: true }]);
    expect(await port.ask("POST /deaf")).toEqual([200, { deaf: true }]);
    expect(await port.ask("POST /hear")).toEqual([200, { deaf: false }]);
    expect(port.calls).toEqual([["clear"], ["deaf"], ["hear"]]);
  });

  it.each(["GET /", "POST /seen", "GET /reset", "DELETE /arrivals", "GET /seen/x"])(
    "has nothing at %s, and does nothing",
    async (wish) => {
      await using port = await control();
      expect(await port.ask(wish)).toEqual([404, { error: "Nothing is here." }]);
      expect(port.calls).toEqual([]);
    },
  );

  it("tells of a body that is no JSON, and goes on answering", async () => {
    await using port = await control();
    expect(await port.ask("POST /script", "{")).toEqual([
      400,
      { error: expect.stringContaining("SyntaxError") },
    ]);
    expect((await port.ask("GET /seen"))[0]).toBe(200);
    expect(port.calls).toEqual([]);
  });
});
