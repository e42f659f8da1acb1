import { describe, expect, it } from "vitest";
import { request } from "undici";
import { cachePolicy, route } from "../support/settings.ts";
import { startToldWorld, type Told, type ToldWorld } from "../support/told-origin.ts";
import type { WorldOptions } from "../support/gateway.ts";
import type { Consumer } from "../../src/ports/settings.ts";

/*
 * What an operator orders at the admin port, seen from where clients stand: at the instance that was asked, and at
 * another one on the same store.
 */

const FRESH: Told = { fields: { "Cache-Control": "max-age=600", ETag: '"v1"' } };
const PATHS = ["/ticket", "/ticket/1", "/ticket/1/log", "/ticket/2?full=1", "/tickets", "/user/1"];
const ROUTES = ["ticket", "tickets", "user"].map((name) =>
  route({
    name: `GET /${name}/**`,
    match: { methods: ["GET"], path: `/${name}/**` },
    groups: [name === "user" ? "people" : "work"],
    safe: true,
    cache: cachePolicy(),
  }),
);

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function admin(api: ToldWorld, path: string, order?: object): Promise<Answered> {
  const json = { "content-type": "application/json" };
  const post = { method: "POST", headers: json, body: JSON.stringify(order) } as const;
  const { adminUrl } = api.world.gateway;
  const response = await request(`${adminUrl}${path}`, order === undefined ? {} : post);
  const body = (await response.body.json()) as Answered["body"];
  return { status: response.statusCode, body };
}

/** A world in which everything is stored already, and what its two instances call their base. */
async function stocked(options: WorldOptions = {}) {
  const api = await startToldWorld({
    ...options,
    upstream: { routes: ROUTES, varyFields: ["x-tenant"], ...options.upstream },
  });
  const other = await api.world.another();
  const bases = [api.world.base, `${other.url}/api`];
  api.tell(FRESH);
  // Each instance holds it near itself by now.
  for (const base of bases) for (const path of PATHS) await api.ask(path, { base });
  return { api, bases };
}

/** The paths whose stored answers are gone (or stale), as all instances see it. */
async function gone(api: ToldWorld, bases: readonly string[]): Promise<string[]> {
  const fields = ["Cache-Control", "only-if-cached"];
  const seenBy = await Promise.all(
    bases.map(async (base) => {
      const answers = await Promise.all(PATHS.map((path) => api.ask(path, { base, fields })));
      return PATHS.filter((_, index) => answers[index]?.status === 504);
    }),
  );
  for (const one of seenBy) expect(one).toEqual(seenBy[0]);
  return seenBy[0] ?? [];
}

describe("a purge at the admin port", () => {
  it.each<[object, string[]]>([
    [{ url: "/ticket/1" }, ["/ticket/1"]],
    // In every query.
    [{ url: "/ticket/2" }, ["/ticket/2?full=1"]],
    [{ prefix: "/ticket" }, ["/ticket", "/ticket/1", "/ticket/1/log", "/ticket/2?full=1"]],
    [{ prefix: "/ticket/1" }, ["/ticket/1", "/ticket/1/log"]],
    [{ group: "people" }, ["/user/1"]],
    [{ group: "work" }, PATHS.filter((path) => path !== "/user/1")],
    [{ everything: true }, PATHS],
  ])("of %j is seen by every instance once it is answered, hard or soft", async (order, what) => {
    for (const soft of [false, true]) {
      const { api, bases } = await stocked();
      await using _ = api;
      expect(await gone(api, bases)).toEqual([]);
      const { status, body } = await admin(api, "/purge", { ...order, soft });
      expect([status, body["kind"]]).toEqual([200, soft ? "soft" : "hard"]);
      expect(await gone(api, bases)).toEqual(what);
      expect(api.seen).toHaveLength(PATHS.length);
    }
  });

  it("takes a URL as clients see it, and all variants of what it names", async () => {
    await using api = await startToldWorld({ upstream: { varyFields: ["x-tenant"] } });
    api.tell({ fields: { "Cache-Control": "public, max-age=600", Vary: "X-Tenant" } });
    const variants = ["a", "b"].map((name) => ({ fields: ["X-Tenant", name] }));
    for (const question of variants) await api.ask("/x", question);
    await admin(api, "/purge", { url: `${api.world.base}/%78` });
    for (const question of variants) {
      expect((await api.ask("/x", question)).cache).toMatch(/fwd=(?:uri|vary)-miss;stored$/);
    }
  });

  it("leaves nothing behind where it is hard: no validator, nothing to serve stale", async () => {
    const { api, bases } = await stocked();
    await using _ = api;
    api.tell({ fields: { "Cache-Control": "max-age=600, stale-if-error=600", ETag: '"v1"' } });
    await admin(api, "/purge", { everything: true });
    await api.ask("/user/1");
    await admin(api, "/purge", { url: "/user/1" });
    api.tell({ status: 503 });
    for (const base of bases) {
      const answer = await api.ask("/user/1", { base });
      expect([answer.status, answer.cache]).toEqual([
        503,
        "sluice;fwd=uri-miss;detail=no-lifetime",
      ]);
    }
    expect(api.seen.at(-1)?.fields).not.toHaveProperty("if-none-match");
  });

  it("leaves what may be validated and served stale where it is soft", async () => {
    const { api, bases } = await stocked();
    await using _ = api;
    api.tell({ fields: { "Cache-Control": "max-age=600, stale-if-error=600", ETag: '"v1"' } });
    await admin(api, "/purge", { everything: true });
    await api.ask("/user/1");
    await admin(api, "/purge", { url: "/user/1", soft: true });
    api.tell({ status: 503 });
    for (const base of bases) {
      const served = await api.ask("/user/1", { base });
      expect([served.status, served.cache]).toEqual([
        200,
        "sluice;fwd=stale;detail=upstream-error",
      ]);
    }
    api.tell({ status: 304, fields: { "Cache-Control": "max-age=600" } });
    const validated = await api.ask("/user/1");
    expect(validated.cache).toBe("sluice;fwd=stale;fwd-status=304;stored");
    expect(api.seen.at(-1)?.fields["if-none-match"]).toBe('"v1"');
    for (const base of bases) {
      expect((await api.ask("/user/1", { base })).cache).toMatch(/^sluice;hit;ttl=\d+$/);
    }
  });

  it("keeps what a GET brings out of the store that was under way when it came", async () => {
    const { api } = await stocked();
    await using _ = api;
    await admin(api, "/purge", { everything: true });
    api.tell({ ...FRESH, body: "before", hold: true });
    const early = api.ask("/user/1");
    await expect.poll(() => api.held()).toBe(1);
    await admin(api, "/purge", { group: "people" });
    api.release();
    expect((await early).body).toBe("before");
    api.tell({ ...FRESH, body: "after" });
    expect((await api.ask("/user/1")).body).toBe("after");
  });

  it("is counted and audited, who and what; an order that is not understood changes nothing", async () => {
    const { api, bases } = await stocked();
    await using _ = api;
    await admin(api, "/purge", { group: "people" });
    await admin(api, "/purge", { url: "/ticket/1", soft: true });
    const wrong = [{}, { url: "/a", group: "b" }, { everything: false }, { url: "/a", hard: true }];
    for (const order of wrong) expect((await admin(api, "/purge", order)).status).toBe(400);
    const { body } = await admin(api, "/status");
    expect(body["purges"]).toMatchObject({ hard: { group: 1, url: 0 }, soft: { url: 1 } });
    const audit = await admin(api, "/audit");
    const common = { who: "loopback", address: "127.0.0.1", action: "purge", result: "done" };
    expect(audit.body["entries"]).toEqual([
      {
        ...common,
        order: { upstream: "api", by: "url", path: "/ticket/1", kind: "soft" },
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      {
        ...common,
        order: { upstream: "api", by: "group", group: "people", kind: "hard" },
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(await gone(api, bases)).toEqual(["/ticket/1", "/user/1"]);
  });

  it("needs the token where there is one, and cannot be reached through the proxy port", async () => {
    const token = "an-admin-token-0123456789";
    const settings = { admin: { host: "127.0.0.1", port: 0, token } };
    const { api, bases } = await stocked({ settings });
    await using _ = api;
    expect((await admin(api, "/purge", { everything: true })).status).toBe(401);
    const through = await api.ask("/purge", { method: "POST", base: api.world.gateway.url });
    expect(through.status).toBe(404);
    expect(await gone(api, bases)).toEqual([]);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const order = { method: "POST", headers, body: '{"everything":true}' } as const;
    const { statusCode, body } = await request(`${api.world.gateway.adminUrl}/purge`, order);
    await body.dump();
    expect(statusCode).toBe(200);
    expect(await gone(api, bases)).toEqual(PATHS);
  });
});

describe("a warm-up at the admin port", () => {
  it("stores what was listed, once each, and says how far it is", async () => {
    await using api = await startToldWorld({ upstream: { routes: ROUTES } });
    const other = await api.world.another();
    api.tell(({ target }) => (target.startsWith("/user/404") ? { status: 404 } : FRESH));
    await api.ask("/user/1");
    const urls = [
      "/user/1",
      "/user/2",
      "/user/2",
      `${api.world.base}/ticket/2?full=1`,
      "/user/404",
    ];
    const { status, body } = await admin(api, "/warm", { urls });
    expect([status, body["accepted"]]).toEqual([202, 4]);
    const path = `/warm/${String(body["id"])}`;
    const progress = async () => (await admin(api, path)).body;
    await expect.poll(progress).toEqual({
      state: "finished",
      done: 2,
      skipped: 1,
      failed: 1,
      total: 4,
    });
    const before = api.seen.length;
    expect(before).toBe(4);
    for (const url of ["/user/2", "/ticket/2?full=1"]) {
      const hit = await api.ask(url, { base: `${other.url}/api` });
      expect(hit.cache).toContain("hit");
    }
    expect(api.seen).toHaveLength(before);
    const [entry] = (await admin(api, "/audit")).body["entries"] as Record<string, unknown>[];
    expect(entry).toMatchObject({
      action: "warm",
      result: "accepted",
      order: { urls: 5, id: body["id"] },
    });
  });

  it("is on the account of the consumer that it names, and within what that one may ask for", async () => {
    const consumers: readonly Consumer[] = [
      {
        name: "portal",
        key: "portal-key-0123456789",
        weight: 1,
        priority: 3,
        allow: [{ methods: ["GET"], path: "/user/**" }],
        mayForce: false,
      },
    ];
    await using api = await startToldWorld({
      upstream: { routes: ROUTES },
      settings: { consumers },
    });
    api.tell(FRESH);
    const urls = ["/user/1", "/ticket/1"];
    expect((await admin(api, "/warm", { urls, consumer: "nobody" })).status).toBe(400);
    const { body } = await admin(api, "/warm", { urls, consumer: "portal" });
    const progress = async () => (await admin(api, `/warm/${String(body["id"])}`)).body;
    await expect.poll(progress).toMatchObject({ state: "finished", done: 1, failed: 1 });
    expect(api.seen.map(({ target }) => target)).toEqual(["/user/1?apikey=sim-key"]);
    expect(api.world.gateway.status().consumers["portal"]).toMatchObject({ forwarded: 1 });
  });
});
