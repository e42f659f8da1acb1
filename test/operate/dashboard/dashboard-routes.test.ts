import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AdminContext } from "../../../src/operate/answers.ts";
import { dashboardRoutes, doorRoutes } from "../../../src/operate/dashboard/dashboard-routes.ts";
import type { Snapshot } from "../../../src/operate/dashboard/snapshot.ts";
import type { Knock } from "../../../src/operate/guard.ts";
import { settle } from "../../support/fake-clock.ts";
import { snapshot } from "../../support/snapshot.ts";

const ORIGIN = "http://localhost:8081";

function knockOf({ req }: AdminContext): Knock {
  return {
    method: req.method,
    path: req.path,
    hostname: new URL(req.url).hostname,
    host: new URL(req.url).host,
    authorization: req.header("authorization"),
    cookie: req.header("cookie"),
    fetchSite: req.header("sec-fetch-site"),
    origin: req.header("origin"),
    contentType: req.header("content-type"),
  };
}

function world(token = "", viewers = 0) {
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const closing = new AbortController();
  const feed = {
    viewers,
    closed: closing.signal,
    snapshot: async () => snapshot(),
    watch(listener: (snapshot: Snapshot) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const parts = {
    shown: () => [{ name: "api", groups: [], maxPauseMs: 60_000, feed }],
    terms: () => ({ token, readToken: "", host: "127.0.0.1", now: 0 }),
    knockOf,
    wrongToken: () => undefined,
  };
  const app = new Hono().route("/", doorRoutes(parts)).route("/", dashboardRoutes(parts));
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.request(`${ORIGIN}${path}`, { headers });
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    app.request(`${ORIGIN}${path}`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": String(body.length),
        ...headers,
      },
    });
  return { get, post, listeners, closing };
}

describe("doorRoutes()", () => {
  it("serves the page's own files under a policy that lets nothing else run", async () => {
    const { get } = world("secret");
    for (const name of ["style.css", "live.js", "icon.svg"]) {
      const answer = await get(`/dashboard/${name}`);
      expect(answer.status).toBe(200);
      const policy = answer.headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
    }
  });

  it("asks for a token, and lets in who has it", async () => {
    const { get, post } = world("secret-0123");
    expect(await (await get("/")).text()).toContain("Admin token");
    const wrong = await post("/session", "token=x", { origin: ORIGIN });
    expect(wrong.status).toBe(401);
    const right = await post("/session", "token=secret-0123", { origin: ORIGIN });
    expect(right.status).toBe(303);
    const cookie = right.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect(await (await get("/", { cookie })).text()).toContain("Sign out");
  });

  it("lets no page of another origin sign anybody in or out", async () => {
    const { post } = world("secret-0123");
    for (const origin of ["http://evil.example", "null"]) {
      expect((await post("/session", "token=secret-0123", { origin })).status).toBe(403);
      expect((await post("/session/end", "", { origin })).status).toBe(403);
    }
    expect((await post("/session", "token=secret-0123")).status).toBe(403);
    const ended = await post("/session/end", "", { origin: ORIGIN });
    expect(ended.headers.get("set-cookie")).toContain("Max-Age=0");
  });

  it("reads no more than a token could have", async () => {
    const { post } = world("secret-0123");
    const long = `token=${"x".repeat(5000)}`;
    expect((await post("/session", long, { origin: ORIGIN })).status).toBe(413);
  });
});

describe("dashboardRoutes()", () => {
  it("sends the page, which nobody may keep or frame", async () => {
    const answer = await world().get("/");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(await answer.text()).toContain("<h1>");
    expect((await world().get("/?upstream=other")).status).toBe(404);
  });

  it("streams each part once, and again when it has changed", async () => {
    const { get, listeners, closing } = world();
    const answer = await get("/dashboard/stream");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<string[]> => {
      const { value = "" } = (await reader?.read()) ?? {};
      return Object.keys(JSON.parse(/data: (.*)/.exec(value)?.[1] ?? "{}") as object);
    };
    const first = snapshot();
    for (const listener of listeners) listener(first);
    expect(await next()).toContain("figures");
    await settle();
    const changed = snapshot({ health: [{ name: "Upstream", state: "down", words: "failed" }] });
    for (const listener of listeners) listener(changed);
    expect(await next()).toEqual(["health"]);
    closing.abort();
    expect(await reader?.read()).toMatchObject({ done: true });
    expect(listeners.size).toBe(0);
  });

  it("is bounded in those who look", async () => {
    expect((await world("", 32).get("/dashboard/stream")).status).toBe(503);
  });
});
