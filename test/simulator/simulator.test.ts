import { afterEach, describe, expect, it } from "vitest";
import { request } from "undici";
import { startSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";

/*
 * The upstream that all other tests believe.
 */

const opened: Simulator[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((simulator) => simulator.close()));
});

async function open(options: SimulatorOptions = {}) {
  const simulator = await startSimulator(options);
  opened.push(simulator);
  const call = async (method: string, path: string, more: Parameters<typeof request>[1] = {}) => {
    const separator = path.includes("?") ? "&" : "?";
    const url = `${simulator.url}${path}${separator}apikey=sim-key`;
    const { statusCode, headers, body } = await request(url, { method: method as "GET", ...more });
    const text = await body.text();
    return { status: statusCode, headers, text };
  };
  const json = async (method: string, path: string, body?: object) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const { text } = await call(method, path, sent);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const control = async (method: "GET" | "POST", path: string, body?: object) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await request(`${simulator.controlUrl}${path}`, { method, ...sent });
    return (await answer.body.json()) as Record<string, unknown>;
  };
  return { simulator, call, json, control };
}

describe("the simulator's limit", () => {
  it("answers one too many with 429, a reason and Retry-After, and counts the violation", async () => {
    const { simulator, call } = await open({ limit: 3, windowMs: 60_000 });
    const statuses: number[] = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await call("GET", "/ticket")).status);
    const refused = await call("GET", "/ticket");
    expect([...statuses, refused.status]).toEqual([200, 200, 200, 429]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(55);
    expect(JSON.parse(refused.text)).toMatchObject({ success: false });
    expect([simulator.violations(), simulator.worstWindow()]).toEqual([1, 4]);
  });

  it("counts what somebody else spends with the same key", async () => {
    const { call, control } = await open({ limit: 3, windowMs: 60_000 });
    await control("POST", "/spend", { units: 3 });
    expect((await call("GET", "/ticket")).status).toBe(429);
  });

  it("limits single endpoints beside, which is no violation of the key's limit", async () => {
    const endpointLimits = [{ path: "/report", limit: 1, windowMs: 60_000 }];
    const { simulator, call } = await open({ endpointLimits });
    const paths = ["/report/x", "/report/y", "/ticket"];
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await call("GET", path)).status);
    expect(statuses).toEqual([200, 429, 200]);
    expect(simulator.violations()).toBe(0);
  });

  it("takes the key by query or by field, and counts no unit for a wrong one", async () => {
    const { simulator, call } = await open({ limit: 1 });
    const bare = await request(`${simulator.url}/ticket`);
    const wrong = await request(`${simulator.url}/ticket?apikey=other`);
    expect([bare.statusCode, wrong.statusCode]).toEqual([401, 401]);
    await Promise.all([bare.body.dump(), wrong.body.dump()]);
    expect((await call("GET", "/ticket")).status).toBe(200);
    const byField = await request(`${simulator.url}/ticket`, {
      headers: { "X-API-Key": "sim-key" },
    });
    expect(byField.statusCode).toBe(429);
    await byField.body.dump();
  });
});

describe("the simulator's application", () => {
  it.each(["ticket", "user", "invoice", "package"])(
    "adds, changes, lists and removes: %s",
    async (kind) => {
      const { json } = await open();
      const added = await json("POST", `/${kind}`, { subject: "new", status: "odd" });
      const id = Number(added["id"]);
      expect(await json("GET", `/${kind}/${id}`)).toMatchObject({ [kind]: { subject: "new" } });
      await json("PUT", `/${kind}/${id}`, { subject: "changed" });
      expect(await json("GET", `/${kind}?status=odd`)).toMatchObject({
        total: 1,
        [`${kind}s`]: [{ id, subject: "changed" }],
      });
      expect(await json("DELETE", `/${kind}/${id}`)).toMatchObject({ deleted: id });
      expect(await json("GET", `/${kind}/${id}`)).toMatchObject({ error: true, success: false });
    },
  );

  it("pages its lists", async () => {
    const { json } = await open();
    const page = await json("GET", "/ticket?page=3&limit=15");
    expect(page).toMatchObject({ total: 40, page: 3 });
    expect((page["tickets"] as { id: number }[]).map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => 31 + index),
    );
  });

  it("pays an invoice by GET, as the real one does", async () => {
    const { simulator, json } = await open();
    await json("GET", "/invoice/4/pay");
    await json("GET", "/invoice/4/pay");
    expect(simulator.payments()).toBe(2);
    expect(await json("GET", "/invoice/4")).toMatchObject({ invoice: { paid: true } });
  });

  it("dresses every answer in an envelope that never repeats, PHP's fields and a session cookie", async () => {
    const { call } = await open();
    const [one, other] = [await call("GET", "/ticket/1"), await call("GET", "/ticket/1")];
    const parsed = JSON.parse(one.text) as Record<string, unknown>;
    expect(parsed).toMatchObject({ success: true, error: false, ticket: { id: 1 } });
    expect(Object.keys(parsed)).toEqual(expect.arrayContaining(["timestamp", "elapsed"]));
    expect(one.text).not.toBe(other.text);
    expect(one.headers).toMatchObject({
      "cache-control": "no-store, no-cache, must-revalidate",
      pragma: "no-cache",
      expires: "Thu, 19 Nov 1981 08:52:00 GMT",
    });
    expect(String(one.headers["set-cookie"])).toMatch(/^[0-9a-f]{32}=/);
  });
});

describe("the simulator's scripts", () => {
  it("act on the requests that they are for, as often as they say", async () => {
    const { call, control } = await open();
    await control("POST", "/script", {
      match: "GET /ticket/:id",
      times: 2,
      status: 503,
      body: "x",
    });
    const statuses: number[] = [];
    for (const path of ["/ticket", "/ticket/1", "/ticket/2", "/ticket/3"]) {
      statuses.push((await call("GET", path)).status);
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  it.each([
    ["a connection that is closed at once", { reset: true }],
    ["one that is closed after the head", { resetAfterHead: true }],
    ["a body that is cut", { truncate: true }],
  ])("play %s", async (_what, script) => {
    const { call, simulator } = await open();
    simulator.script(script);
    await expect(call("GET", "/ticket/1")).rejects.toThrow(/closed|aborted|terminated/);
    expect((await call("GET", "/ticket/1")).status).toBe(200);
  });

  it.each([
    ["HTML under 200", { html: true }, 200, /<h1>/],
    ["an error under 200", { envelopeError: "no" }, 200, /"error":true/],
    ["a redirect", { redirect: "/login" }, 302, /^$/],
    ["a throttle of its own", { throttle: { retryAfter: "3" } }, 429, /exceeded/],
    ["its key in the answer", { echoKey: true }, 200, /"key":"sim-key"/],
    ["a trailer", { trailers: true }, 200, /"ticket"/],
    ["a slow body", { drip: { bytes: 50, everyMs: 1 } }, 200, /"ticket".*}$/],
    ["a late answer", { delayMs: 20 }, 200, /"ticket"/],
  ] as const)("play %s", async (...played) => {
    const [, script, status, text] = played;
    const { call, simulator } = await open();
    simulator.script(script);
    const answer = await call("GET", "/ticket/1");
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
  });

  it("play a write that fails before it happened", async () => {
    const { json, simulator } = await open();
    simulator.script({ match: "DELETE /ticket", status: 500, body: "{}" });
    await json("DELETE", "/ticket/1");
    expect(await json("GET", "/ticket/1")).toMatchObject({ error: false });
  });

  it("hold a request until it is released", async () => {
    const { call, simulator, control } = await open();
    simulator.script({ hold: true });
    const asking = call("GET", "/ticket/1");
    await expect.poll(() => simulator.held()).toBe(1);
    await control("POST", "/release");
    expect((await asking).status).toBe(200);
  });
});

describe("the simulator's control port", () => {
  it("says what was seen, by method and status", async () => {
    const { call, json, control } = await open({ limit: 2 });
    await call("GET", "/ticket");
    await json("POST", "/ticket", {});
    await call("GET", "/ticket");
    expect(await control("GET", "/seen")).toMatchObject({
      arrivals: 3,
      byMethod: { GET: 2, POST: 1 },
      byStatus: { 200: 2, 429: 1 },
      violations: 1,
      worstWindow: 3,
      held: 0,
      payments: 0,
    });
    expect(await control("GET", "/arrivals")).toHaveLength(3);
  });

  it("changes limits, restores its data, and says what it does not know", async () => {
    const { json, call, control } = await open({ limit: 1, windowMs: 60_000 });
    await control("POST", "/limits", { limit: 10 });
    await json("DELETE", "/ticket/1");
    await control("POST", "/reset");
    expect(await control("GET", "/seen")).toMatchObject({ arrivals: 0 });
    expect((await call("GET", "/ticket/1")).text).toContain('"id":1');
    expect(await control("GET", "/nothing")).toHaveProperty("error");
  });
});
