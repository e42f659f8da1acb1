import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";

/** What a client says of a connection that was closed under it. */
const BROKEN = /other side closed|ECONNRESET|socket hang up/;

interface Ask {
  readonly method?: string;
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly fields: Record<string, string | string[] | undefined>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

async function world(options: SimulatorOptions = {}) {
  const simulator = await startSimulator(options);
  return {
    simulator,
    ask: (path: string, wish: Ask = {}) => ask(simulator, path, wish),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

async function ask(simulator: Simulator, path: string, wish: Ask): Promise<Answer> {
  const { method = "GET", key = "sim-key", headers = {}, body } = wish;
  const url = new URL(`${simulator.url}${path}`);
  if (key !== null) url.searchParams.set("apikey", key);
  const answer = await request(url, { method, headers, body: body ?? null });
  const text = await answer.body.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: answer.statusCode, fields: answer.headers, text, json };
}

async function statuses(answers: readonly Promise<Answer>[]): Promise<number[]> {
  return (await Promise.all(answers)).map(({ status }) => status);
}

describe("Simulator's limit", () => {
  it("refuses one more than the limit with 429, Retry-After and a body, and counts it a violation", async () => {
    await using api = await world({ limit: 3 });
    const first = await statuses([api.ask("/ticket/1"), api.ask("/user/1"), api.ask("/nothing")]);
    const refused = await api.ask("/ticket/1");
    expect([first, refused.status]).toEqual([[200, 200, 200], 429]);
    expect(Number(refused.fields["retry-after"])).toBeGreaterThan(50);
    expect(Number(refused.fields["retry-after"])).toBeLessThanOrEqual(60);
    expect(refused.json).toMatchObject({ error: true, success: false });
    await api.ask("/ticket/1");
    expect([api.simulator.violations(), api.simulator.worstWindow()]).toEqual([2, 5]);
    expect(api.simulator.arrivals().map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  });

  it("does nothing for what it refuses", async () => {
    await using api = await world({ limit: 1 });
    await api.ask("/ticket/1");
    expect((await api.ask("/ticket/1", { method: "DELETE" })).status).toBe(429);
    expect((await api.ask("/invoice/1/pay")).status).toBe(429);
    api.simulator.limits({ limit: 100 });
    expect((await api.ask("/ticket/1")).json).toMatchObject({ error: false });
    expect(api.simulator.payments()).toBe(0);
  });

  it("has room again when what it counted has left the window", async () => {
    await using api = await world({ limit: 1 });
    expect(await statuses([api.ask("/ticket/1"), api.ask("/ticket/1")])).toContain(429);
    api.simulator.limits({ windowMs: 0 });
    expect((await api.ask("/ticket/1")).status).toBe(200);
    expect(api.simulator.violations()).toBe(1);
  });

  it("counts what somebody else spends with the same key", async () => {
    await using api = await world({ limit: 5 });
    api.simulator.spend(4);
    expect((await api.ask("/ticket/1")).status).toBe(200);
    expect((await api.ask("/ticket/1")).status).toBe(429);
    expect([api.simulator.arrivals().length, api.simulator.worstWindow()]).toEqual([2, 2]);
  });

  it("holds single endpoints to limits of their own, within the whole, and calls that no violation", async () => {
    const endpointLimits = [{ path: "/report", limit: 1, windowMs: 10_000 }];
    await using api = await world({ limit: 4, endpointLimits });
    expect((await api.ask("/report/1")).status).toBe(200);
    const refused = await api.ask("/report/2");
    expect(refused.status).toBe(429);
    expect(Number(refused.fields["retry-after"])).toBeLessThanOrEqual(10);
    expect((await api.ask("/ticket/1")).status).toBe(200);
    expect(api.simulator.violations()).toBe(0);
    expect(await statuses([api.ask("/ticket/1"), api.ask("/ticket/1")])).toContain(429);
    expect(api.simulator.violations()).toBe(1);
  });
});

describe("Simulator's key", () => {
  it.each<{ name: string; wish: Ask; status: number }>([
    { name: "in the query", wish: {}, status: 200 },
    { name: "in a field", wish: { key: null, headers: { "x-api-key": "sim-key" } }, status: 200 },
    { name: "nowhere", wish: { key: null }, status: 401 },
    { name: "wrong", wish: { key: "other" }, status: 401 },
    { name: "empty", wish: { key: "" }, status: 401 },
    { name: "wrong in a field", wish: { key: null, headers: { "x-api-key": "x" } }, status: 401 },
    {
      name: "as a Bearer token",
      wish: { key: null, headers: { authorization: "Bearer sim-key" } },
      status: 401,
    },
  ])("$name makes $status", async ({ wish, status }) => {
    await using api = await world();
    const answer = await api.ask("/ticket/1", wish);
    expect([answer.status, answer.json["error"]]).toEqual([status, status === 401]);
    expect(api.simulator.arrivals().map(({ keyOk }) => keyOk)).toEqual([status === 200]);
  });

  it("that is wrong spends nothing of the window and does nothing", async () => {
    await using api = await world({ limit: 1 });
    await api.ask("/ticket/1", { key: "other", method: "DELETE" });
    expect((await api.ask("/ticket/1")).json).toMatchObject({ error: false, ticket: { id: 1 } });
    expect(api.simulator.violations()).toBe(0);
  });
});

describe("Simulator's answers", () => {
  it("are envelopes that differ by timestamp and elapsed, with PHP's fields and a session", async () => {
    await using api = await world();
    const [first, second] = [await api.ask("/ticket/1"), await api.ask("/ticket/1")];
    expect(first.json["ticket"]).toEqual(second.json["ticket"]);
    expect(first.text).not.toBe(second.text);
    expect(first.json["timestamp"]).not.toBe(second.json["timestamp"]);
    expect(first.fields).toMatchObject({
      "cache-control": "no-store, no-cache, must-revalidate",
      expires: "Thu, 19 Nov 1981 08:52:00 GMT",
      pragma: "no-cache",
      "content-type": "application/json; charset=utf-8",
    });
    expect(String(first.fields["set-cookie"])).toMatch(/^[0-9a-f]{32}=session; path=\/; HttpOnly$/);
  });

  it("have none of that where it is switched off", async () => {
    await using api = await world({ phpFields: false, session: false });
    const { fields } = await api.ask("/ticket/1");
    expect(Object.keys(fields)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/cache-control|expires|pragma|set-cookie/)]),
    );
  });

  it("say 200 with error: true where the application says no", async () => {
    await using api = await world();
    const answer = await api.ask("/ticket/99");
    expect([answer.status, answer.json["error"], answer.json["message"]]).toEqual([
      200,
      true,
      "There is no ticket 99.",
    ]);
  });

  it("tell of what was written, be the path closed by a slash or not", async () => {
    await using api = await world();
    const added = await api.ask("/ticket/", { method: "POST", body: '{"subject":"new"}' });
    const id = String(added.json["id"]);
    await api.ask(`/ticket/${id}`, { method: "PUT", body: '{"subject":"changed"}' });
    expect((await api.ask(`/ticket/${id}`)).json).toMatchObject({ ticket: { subject: "changed" } });
    await api.ask(`/ticket/${id}`, { method: "DELETE" });
    expect((await api.ask(`/ticket/${id}`)).json).toMatchObject({ error: true });
    expect((await api.ask("/ticket?limit=3&page=2")).json).toMatchObject({
      total: 40,
      tickets: [{ id: 4 }, { id: 5 }, { id: 6 }],
    });
  });

  it.each(["{", "null", "5", '"text"', "[1]", ""])(
    "do not break off for the body %j",
    async (body) => {
      await using api = await world();
      expect((await api.ask("/ticket/1", { method: "PUT", body })).json).toMatchObject({
        ticket: { id: 1, subject: "Ticket 1" },
      });
    },
  );
});

describe("Simulator's record", () => {
  it("keeps method, target, field lines as they came and the first 64 KiB of the body", async () => {
    await using api = await world();
    const body = "x".repeat(70_000);
    await api.ask("/ticket/1?a=%2F", { method: "PUT", headers: { "X-Case": "Kept" }, body });
    const [arrival] = api.simulator.arrivals();
    expect(arrival).toMatchObject({ method: "PUT", target: "/api/ticket/1?a=%2F&apikey=sim-key" });
    expect(arrival?.bodyText).toBe("x".repeat(65_536));
    const at = arrival?.fields.indexOf("X-Case") ?? -1;
    expect(arrival?.fields[at + 1]).toBe("Kept");
  });

  it("is forgotten by reset(), and so are scripts and writes, but not the window", async () => {
    await using api = await world({ limit: 2 });
    await api.ask("/ticket/1", { method: "DELETE" });
    await api.ask("/invoice/1/pay");
    await api.ask("/ticket/1");
    api.simulator.script({ status: 500 });
    api.simulator.reset();
    expect([
      api.simulator.arrivals(),
      api.simulator.violations(),
      api.simulator.payments(),
    ]).toEqual([[], 0, 0]);
    expect((await api.ask("/ticket/1")).status).toBe(429);
    api.simulator.limits({ limit: 100 });
    expect((await api.ask("/ticket/1")).json).toMatchObject({ error: false, ticket: { id: 1 } });
  });

  it("names the longest time for which the event loop stood still", async () => {
    await using api = await world();
    const until = performance.now() + 40;
    while (performance.now() < until);
    await expect.poll(() => api.simulator.longestStallMs()).toBeGreaterThan(20);
  });
});

describe("Simulator's scripts", () => {
  it("are for the requests that they match, once", async () => {
    await using api = await world();
    api.simulator.script({ match: "GET /ticket/:id", status: 503, body: "down" });
    expect((await api.ask("/user/1")).status).toBe(200);
    const [first, second] = [await api.ask("/ticket/1"), await api.ask("/ticket/1")];
    expect([first.status, first.text, second.status]).toEqual([503, "down", 200]);
  });

  it.each([
    { name: "a 5xx", script: { status: 503 }, happens: false },
    { name: "a throttle", script: { throttle: { retryAfter: "1" } }, happens: false },
    { name: "a broken body", script: { truncate: true }, happens: true },
    { name: "HTML", script: { html: true }, happens: true },
    { name: "an own status", script: { status: 202 }, happens: true },
  ])("that answer a write with $name let it happen: $happens", async ({ script, happens }) => {
    await using api = await world();
    api.simulator.script({ match: "PUT /ticket/1", ...script });
    await api.ask("/ticket/1", { method: "PUT", body: '{"status":"new"}' }).catch(() => {});
    const { ticket } = (await api.ask("/ticket/1")).json;
    expect(ticket).toMatchObject({ status: happens ? "new" : "open" });
  });

  it("that close the connection leave no status and do nothing", async () => {
    await using api = await world();
    api.simulator.script({ reset: true });
    await expect(api.ask("/ticket/1", { method: "DELETE" })).rejects.toThrow(BROKEN);
    expect(api.simulator.arrivals()[0]).toMatchObject({ method: "DELETE", status: 0 });
    expect((await api.ask("/ticket/1")).json).toMatchObject({ error: false });
  });

  it("that hold a request answer it on release() and not before, others meanwhile", async () => {
    await using api = await world();
    api.simulator.script({ match: "/ticket/1", hold: true });
    const order: string[] = [];
    const held = api.ask("/ticket/1").then(() => order.push("held"));
    await expect.poll(() => api.simulator.held()).toBe(1);
    await api.ask("/ticket/2").then(() => order.push("other"));
    api.simulator.release();
    await held;
    expect([order, api.simulator.held()]).toEqual([["other", "held"], 0]);
  });

  it("and latency take their time; the window is judged at arrival all the same", async () => {
    await using api = await world({ limit: 1, latencyMs: 20 });
    api.simulator.script({ match: "/ticket/1", delayMs: 30 });
    const slow = api.ask("/ticket/1");
    await expect.poll(() => api.simulator.arrivals().length).toBe(1);
    expect((await api.ask("/ticket/2")).status).toBe(429);
    expect((await slow).status).toBe(200);
    const [first] = api.simulator.arrivals();
    expect(performance.now() - (first?.atMs ?? Infinity)).toBeGreaterThan(45);
  });
});

describe("Simulator's control port", () => {
  it("reports what came and acts on the simulator", async () => {
    await using api = await world({ limit: 2 });
    const { controlUrl } = api.simulator;
    const post = async (path: string, body: object) => {
      const text = JSON.stringify(body);
      const answer = await request(`${controlUrl}${path}`, { method: "POST", body: text });
      await answer.body.dump();
    };
    await post("/script", { match: "/ticket/1", status: 503 });
    await api.ask("/ticket/1");
    await post("/spend", { units: 1 });
    await api.ask("/ticket/2");
    await post("/limits", { limit: 10 });
    await api.ask("/invoice/1/pay");
    const { body } = await request(`${controlUrl}/seen`);
    expect(await body.json()).toMatchObject({
      arrivals: 3,
      byMethod: { GET: 3 },
      byStatus: { "200": 1, "429": 1, "503": 1 },
      violations: 1,
      worstWindow: 3,
      held: 0,
      payments: 1,
    });
    await post("/reset", {});
    expect(api.simulator.arrivals()).toEqual([]);
  });

  it("is a port of its own, and the API has none of it", async () => {
    await using api = await world();
    expect(new URL(api.simulator.controlUrl).port).not.toBe(new URL(api.simulator.url).port);
    expect((await api.ask("/reset", { method: "POST" })).json).toMatchObject({ error: true });
    expect(api.simulator.arrivals()).toHaveLength(1);
  });
});

describe("Simulator.deaf()", () => {
  it("cuts connections and refuses further ones, until it hears again at the same port", async () => {
    await using api = await world();
    const { url } = api.simulator;
    api.simulator.script({ hold: true });
    const held = api.ask("/ticket/1").catch((error: unknown) => String(error));
    await expect.poll(() => api.simulator.held()).toBe(1);
    await api.simulator.deaf();
    expect(await held).toMatch(BROKEN);
    await expect(request(url)).rejects.toThrow("ECONNREFUSED");
    await api.simulator.hear();
    expect(api.simulator.url).toBe(url);
    expect((await api.ask("/ticket/1")).status).toBe(200);
  });
});

describe("Simulator.clear()", () => {
  it("drops what is left of the scripts, and keeps what it saw", async () => {
    await using api = await world();
    api.simulator.script({ status: 503, times: 9 });
    expect((await api.ask("/ticket/1")).status).toBe(503);
    api.simulator.clear();
    expect((await api.ask("/ticket/1")).status).toBe(200);
    expect(api.simulator.arrivals()).toHaveLength(2);
  });
});

describe("Simulator.close()", () => {
  it("lets go of held requests and of both ports, and may come twice", async () => {
    const simulator = await startSimulator();
    simulator.script({ hold: true });
    const held = ask(simulator, "/ticket/1", {}).catch(() => "broken off");
    await expect.poll(() => simulator.held()).toBe(1);
    const { url, controlUrl } = simulator;
    await simulator.close();
    await held;
    await simulator.close();
    await expect(request(url)).rejects.toThrow("ECONNREFUSED");
    await expect(request(controlUrl)).rejects.toThrow("ECONNREFUSED");
    expect(simulator.held()).toBe(0);
  });

  it("is not needed where a port is taken: startSimulator() fails and says so", async () => {
    await using api = await world();
    const port = Number(new URL(api.simulator.url).port);
    await expect(startSimulator({ port })).rejects.toThrow("EADDRINUSE");
  });
});
