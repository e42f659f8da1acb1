import { describe, expect, it } from "vitest";
import { createAdmin } from "../../src/operate/admin.ts";
import { operations } from "../../src/operate/openapi.ts";
import { ConsumerDesk } from "../../src/operate/consumer-desk.ts";
import { Audit } from "../../src/observe/audit.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { Purging } from "../../src/store/purge.ts";
import { Warming, type WarmErrand } from "../../src/store/warm.ts";
import type { AccountCell } from "../../src/ports/accounts.ts";
import type { PauseReport } from "../../src/ports/ledger.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createMemoryConsumers } from "../support/memory-consumers.ts";

interface Changes {
  readonly paused?: (report: PauseReport) => Promise<void>;
  readonly token?: string;
  readonly bump?: () => Promise<void>;
}

async function* nothing(): AsyncGenerator<readonly AccountCell[]> {}

const BUILDERS = {
  pathName: (upstream: string, path: string) => `${upstream} path ${path}`,
  prefixName: (upstream: string, prefix: string) => `${upstream} prefix ${prefix}`,
  groupName: (upstream: string, group: string) => `${upstream} group ${group}`,
};

function world({ token = "", bump, paused = async () => {} }: Changes = {}) {
  const bumped: string[] = [];
  const warmed: WarmErrand[] = [];
  const store = {
    bump:
      bump ?? (async (names: readonly string[], kind: string) => void bumped.push(kind, ...names)),
  };
  const warming = new Warming(
    async (errand) => {
      warmed.push(errand);
      return "stored";
    },
    () => {},
  );
  const admin = createAdmin({
    token,
    readToken: token === "" ? "" : "let-me-look",
    host: "127.0.0.1",
    now: () => 0,
    wrongTokens: { most: () => 100, now: () => 0 },
    pausing: () => ({ ledger: { pause: (report) => paused(report) }, maxPauseMs: 60_000 }),
    shown: () => [],
    health: { started: () => true, missing: () => [], degraded: () => [] },
    metrics: async () => ({
      text: "sluice_draining 0\n",
      contentType: "text/plain; version=0.0.4",
    }),
    status: () => ({ waiting: 3 }),
    known: { upstreams: [{ name: "api", mount: "/api", routes: [] }], consumers: [] },
    purging: new Purging(store, BUILDERS),
    warming,
    audit: new Audit({ log: { info: () => {} }, clock: { now: () => 0 } }),
    accounts: {
      read: () => nothing(),
      now: () => Date.parse("2026-11-24T20:30:30Z"),
    },
    learned: { quotas: () => [], events: { ofQuotas: [] } },
    forecasting: { forecasters: () => new Map(), now: () => 0 },
    shadows: () => new Map(),
    explaining: {
      explainer: { explain: () => Promise.reject(new Error("Nobody asks here.")) },
      recent: { find: () => [] },
      upstreams: () => [],
      mask: { text: (text) => text },
    },
    consumers: new ConsumerDesk({
      store: createMemoryConsumers(undefined, { clock: new FakeClock() }),
      founders: [],
      clock: { now: () => 0 },
    }),
  });
  const order = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    admin.request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const read = async (path: string): Promise<unknown> => (await admin.request(path)).json();
  return { admin, order, read, bumped, warmed, warming };
}

describe("what createAdmin() describes of itself", () => {
  it("has in its document what it answers, and nothing else", () => {
    const { admin } = world();
    const answered = admin.routes
      .filter(
        ({ method, path }) => method !== "ALL" && !/^\/(?:session|dashboard\/\w+\.)/.test(path),
      )
      .map(({ method, path }) => `${method} ${path.replace("/*", "/:id").replace(/(.)\/$/, "$1")}`);
    const described = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    );
    expect([...new Set(answered)].toSorted()).toEqual(described.toSorted());
  });

  it("answers with the document, and with a page for people", async () => {
    const { admin, read } = world();
    expect(await read("/openapi.json")).toMatchObject({ openapi: "3.1.1" });
    const page = await admin.request("/reference");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain("/consumers/{name}/rotate");
  });

  it("hears of readers what the document says that they may send, and nothing else", async () => {
    const { admin } = world({ token: "let-me-in" });
    const authorization = "Bearer let-me-look";
    for (const { method, path, role } of operations.filter((one) => one.method !== "get")) {
      const answer = await admin.request(path.replace(/\{\w+\}/, "x"), {
        method: method.toUpperCase(),
        headers: { authorization, "Content-Type": "application/json" },
        body: "{}",
      });
      expect([path, answer.status === 403]).toEqual([path, role === "full"]);
    }
  });
});

describe("createAdmin()", () => {
  it("tells a scrape the metrics in their own media type", async () => {
    const answer = await world().admin.request("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect(await answer.text()).toBe("sluice_draining 0\n");
  });

  it("refuses wrong tokens with 429 where there were too many, in a field or the form, and no right one", async () => {
    const { admin } = world({ token: "let-me-in" });
    const ask = async (authorization: string) =>
      (await admin.request("/status", { headers: { authorization } })).status;
    for (let nth = 0; nth < 99; nth += 1) await ask("Bearer guess");
    for (let nth = 0; nth < 3; nth += 1) {
      expect((await admin.request("/status")).status).toBe(401);
    }
    expect([await ask("Bearer guess"), await ask("Bearer guess")]).toEqual([401, 429]);
    const form = await admin.request("http://localhost/session", {
      method: "POST",
      body: "token=guess",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": "11",
        origin: "http://localhost",
      },
    });
    expect(form.status).toBe(429);
    expect(await ask("Bearer let-me-in")).toBe(200);
  });

  it("answers probes without the token, and everything else only with it", async () => {
    const { admin } = world({ token: "let-me-in" });
    for (const probe of ["/livez", "/startupz", "/readyz"]) {
      expect((await admin.request(probe)).status).toBe(200);
    }
    for (const path of [
      "/status",
      "/metrics",
      "/accounts",
      "/accounts.csv",
      "/shadow",
      "/forecast",
      "/audit",
      "/quota",
      "/warm/1",
      "/purge",
      "/pause",
      "/resume",
      "/dashboard/stream",
      "/openapi.json",
      "/reference",
      "/consumers",
      "/consumers/a",
      "/explain",
      "/explain/id",
      "/nothing",
    ]) {
      const answer = await admin.request(path);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
    const wrong = { headers: { authorization: "Bearer let-me-out" } };
    expect((await admin.request("/status", wrong)).status).toBe(401);
    const right = { headers: { authorization: "Bearer let-me-in" } };
    expect(await (await admin.request("/status", right)).json()).toMatchObject({ waiting: 3 });
  });

  it("answers probes whatever the Host is, and the status only to its own names", async () => {
    const { admin } = world();
    expect((await admin.request("http://10.0.0.7/livez")).status).toBe(200);
    expect((await admin.request("http://evil.example/status")).status).toBe(403);
  });

  it("needs no token where none is configured", async () => {
    expect((await world().admin.request("/status")).status).toBe(200);
  });

  it("purges what is ordered, says so, counts it and keeps it for the audit", async () => {
    const { order, read, bumped } = world();
    const answer = await order("/purge", { url: "http://gate/api/ticket/5?a=1" });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      purged: { upstream: "api", by: "url", path: "/ticket/5" },
      kind: "hard",
      covers: expect.stringContaining("with any query"),
    });
    await order("/purge", { everything: true, soft: true });
    expect(bumped).toEqual(["hard", "api path /ticket/5", "soft", "api prefix /"]);
    expect(await read("/status")).toEqual({
      waiting: 3,
      purges: {
        hard: { url: 1, prefix: 0, group: 0, everything: 0 },
        soft: { url: 0, prefix: 0, group: 0, everything: 1 },
      },
    });
    const { entries } = (await read("/audit")) as { entries: unknown[] };
    expect(entries).toHaveLength(2);
    expect(entries[1]).toEqual({
      who: "loopback",
      address: "",
      action: "purge",
      order: { upstream: "api", by: "url", path: "/ticket/5", kind: "hard" },
      result: "done",
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  it("tells the audit who ordered, from where, and never the token", async () => {
    const { admin } = world({ token: "let-me-in" });
    const headers = { "Content-Type": "application/json", Authorization: "Bearer let-me-in" };
    const init = { method: "POST", headers, body: '{"everything":true}' };
    const peer = { incoming: { socket: { remoteAddress: "192.0.2.7" } } };
    await admin.request("/purge", init, peer);
    const text = await (await admin.request("/audit", { headers })).text();
    expect(text).not.toContain("let-me-in");
    expect(JSON.parse(text)).toMatchObject({
      entries: [{ who: expect.stringMatching(/^token [0-9a-f]{8}$/), address: "192.0.2.7" }],
    });
  });

  it("says with 503 that a purge is not done while the store is out of reach", async () => {
    const { order, read } = world({ bump: () => Promise.reject(new StoreFault("gone")) });
    const answer = await order("/purge", { everything: true });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("not done") });
    expect(await read("/audit")).toMatchObject({ entries: [{ result: "store-unavailable" }] });
  });

  it("records an order that failed on a defect", async () => {
    const { admin, order, read } = world({ bump: () => Promise.reject(new TypeError("defect")) });
    admin.onError((_error, context) => context.body(null, 500));
    expect((await order("/purge", { everything: true })).status).toBe(500);
    expect(await read("/audit")).toMatchObject({ entries: [{ result: "failed" }] });
  });

  it.each(["", "{", "[]", '{"url":"/a","group":"b"}', "null"])(
    "refuses the order %s with 400 and changes nothing",
    async (body) => {
      const { order, bumped } = world();
      expect((await order("/purge", body)).status).toBe(400);
      expect((await order("/warm", body)).status).toBe(400);
      expect(bumped).toEqual([]);
    },
  );

  it("takes no order from a form, from another origin's page or under another name", async () => {
    const { admin, order, bumped } = world();
    const everything = { everything: true };
    const form = { "Content-Type": "text/plain" };
    expect((await order("/purge", everything, form)).status).toBe(415);
    const page = { Origin: "http://evil.example" };
    expect((await order("/purge", everything, page)).status).toBe(403);
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(everything) };
    expect((await admin.request("http://rebound.example/purge", init)).status).toBe(403);
    expect(bumped).toEqual([]);
  });

  it("reads no order beyond 64 kB, and none that does not say how long it is", async () => {
    const { order, bumped } = world();
    const whole = { everything: true };
    const long = await order("/purge", whole, { "Content-Length": "65537" });
    const chunked = await order("/purge", whole, { "Transfer-Encoding": "chunked" });
    expect([long.status, chunked.status, bumped]).toEqual([413, 411, []]);
    expect((await order("/purge", whole, { "Content-Length": "65536" })).status).toBe(200);
  });

  it("warms a list and tells how far it is", async () => {
    const { order, read, warmed, warming } = world();
    const answer = await order("/warm", { urls: ["/a", "/b?c=1"], consumer: "nightly" });
    expect(answer.status).toBe(202);
    const { id, accepted } = (await answer.json()) as { id: string; accepted: number };
    expect(accepted).toBe(2);
    expect(answer.headers.get("location")).toBe(`/warm/${id}`);
    while (warming.progress(id)?.state !== "finished") await Promise.resolve();
    expect(warmed).toEqual([
      { target: "/api/a", consumer: "nightly" },
      { target: "/api/b?c=1", consumer: "nightly" },
    ]);
    const progress = { state: "finished", done: 2, skipped: 0, failed: 0, total: 2 };
    expect(await read(`/warm/${id}`)).toEqual(progress);
    expect(await read("/audit")).toMatchObject({
      entries: [
        { action: "warm", result: "accepted", order: { urls: 2, consumer: "nightly", id } },
      ],
    });
  });

  it("knows no other list, and takes none once it is closed", async () => {
    const { admin, order, warming } = world();
    expect((await admin.request("/warm/unknown")).status).toBe(404);
    await warming.close();
    expect((await order("/warm", { urls: ["/a"] })).status).toBe(503);
  });
});
