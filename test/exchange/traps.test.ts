import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.ts";
import { untilBegun } from "../support/requests-begun.ts";
import { cachePolicy, route, settings, unlistedGets, upstream } from "../support/settings.ts";
import {
  startToldWorld,
  type Got,
  type Question,
  type Told,
  type ToldWorld,
} from "../support/told-origin.ts";
import type { CachePolicy, Consumer, Route } from "../../src/ports/settings.ts";

/*
 * What goes wrong in caches, one number each, judged from outside: what the origin saw and what the client got.
 */

const PUBLIC = { "Cache-Control": "public, max-age=60" };
/** Stale when it comes, and worth keeping because it can be validated. */
const STALE = { "Cache-Control": "public, max-age=60", Age: "61", ETag: '"v1"' };
const CONSUMERS: readonly Consumer[] = ["portal", "forcer"].map((name) => ({
  name,
  key: `${name}-key-0123456789`,
  weight: 1,
  priority: 3,
  allow: [],
  mayForce: name === "forcer",
}));
const PORTAL = ["Authorization", "Bearer portal-key-0123456789"];
const FORCER = ["Authorization", "Bearer forcer-key-0123456789"];

function cached(path: string, changes: Partial<CachePolicy> = {}): Route {
  const match = { methods: ["GET"], path };
  return route({ name: `GET ${path}`, match, safe: true, cache: cachePolicy(changes) });
}

/** True where the second of two identical requests is answered without the origin. */
async function isReused(api: ToldWorld, path: string, question: Question = {}): Promise<boolean> {
  await api.ask(path, question);
  const before = api.seen.length;
  const { cache } = await api.ask(path, question);
  const unasked = api.seen.length === before;
  expect(cache.startsWith("sluice;hit"), `${path}: ${cache}`).toBe(unasked);
  return unasked;
}

function varying(vary: string | string[]): Told {
  return { fields: { ...PUBLIC, Vary: vary } };
}

function statuses(answers: readonly Got[]): number[] {
  return answers.map(({ status }) => status);
}

describe("the traps of HTTP caching", () => {
  it("1: an answer to the injected key is shared only where origin or route permit it", async () => {
    await using api = await startToldWorld({ upstream: { routes: [cached("/listed")] } });
    api.tell({ fields: { "Cache-Control": "max-age=60" } });
    expect(await isReused(api, "/alone")).toBe(false);
    expect((await api.ask("/alone")).cache).toBe("sluice;fwd=uri-miss;detail=authenticated");
    expect(await isReused(api, "/listed")).toBe(true);
    for (const permit of ["public", "s-maxage=60", "must-revalidate"]) {
      api.tell({ fields: { "Cache-Control": `max-age=60, ${permit}` } });
      expect(await isReused(api, `/${permit}`), `with ${permit}`).toBe(true);
    }
  });

  it("1: what two credentials were given is kept apart, and the store holds neither of them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-traps-"));
    try {
      await using origin = await startToldWorld();
      const one = { url: new URL(origin.originUrl), unlistedGets: unlistedGets() };
      const keyed = (name: string) =>
        upstream({
          ...one,
          name,
          mount: `/${name}`,
          keys: [{ in: "query", name: "apikey", value: `secret-of-${name}` }],
        });
      const store = { ...settings({}).store, file: join(folder, "sluice.db") };
      const upstreams = [keyed("a"), keyed("b")];
      await using api = await startToldWorld({ settings: { upstreams, store } });
      origin.tell(({ target }) => ({
        fields: PUBLIC,
        body: `${target.length}${target.slice(-1)}`,
      }));
      const url = (name: string) => ({ base: `${api.world.gateway.url}/${name}` });
      expect((await api.ask("/x", url("a"))).body).toMatch(/a$/);
      expect((await api.ask("/x", url("b"))).body).toMatch(/b$/);
      expect((await api.ask("/x", url("a"))).cache).toContain("hit");
      expect(origin.seen).toHaveLength(2);
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
      expect(files.join("")).toContain("a prefix /");
      expect(files.join("")).not.toContain("secret-of-");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("2: Vary is judged on the outbound request with its lines combined, and * anywhere is never reusable", async () => {
    await using api = await startToldWorld({ upstream: { varyFields: ["x-tenant"] } });
    api.tell(varying("X-Tenant"));
    await api.ask("/x", { fields: ["X-Tenant", "a", "X-Tenant", "b"] });
    const combined = await api.ask("/x", { fields: ["X-Tenant", "a,b"] });
    expect(combined.cache).toContain("hit");
    for (const other of ["a", "b", "b, a"]) {
      const { cache } = await api.ask("/x", { fields: ["X-Tenant", other] });
      expect(cache).toBe("sluice;fwd=vary-miss;stored");
    }
    // What does not reach the origin cannot have selected anything.
    api.tell(varying("Cookie"));
    await api.ask("/y", { fields: ["Cookie", "id=1"] });
    expect((await api.ask("/y", { fields: ["Cookie", "id=2"] })).cache).toContain("hit");
    for (const [at, vary] of ["*", "Accept, *", ["Accept", "*"], ["*", "X-Tenant"]].entries()) {
      api.tell(varying(vary));
      expect(await isReused(api, `/star-${at}`)).toBe(false);
    }
  });

  it("3: a refusal of our own credential is never stored, nor is its challenge passed on", async () => {
    await using api = await startToldWorld({ upstream: { routes: [cached("/listed/**")] } });
    const challenge = { ...PUBLIC, "WWW-Authenticate": 'Basic realm="the API"' };
    for (const [status, told] of [
      [401, 502],
      [403, 403],
    ] as const) {
      for (const path of [`/${status}`, `/listed/${status}`]) {
        api.tell({ status, fields: challenge });
        const refused = await api.ask(path);
        expect([refused.status, refused.fields["www-authenticate"]]).toEqual([told, undefined]);
        expect(refused.cache).not.toContain("stored");
        api.tell({ fields: PUBLIC });
        expect((await api.ask(path)).status).toBe(200);
      }
    }
    api.tell({ status: 403, fields: challenge });
    const written = await api.ask("/w", { method: "POST", body: "x" });
    expect([written.status, written.fields["www-authenticate"]]).toEqual([403, undefined]);
  });

  it.each([
    ["Private, max-age=60, public"],
    ["NO-STORE, max-age=60, public"],
    ["No-Cache, max-age=60, public"],
    ['public, max-age=60, private=""'],
    ['public, max-age=60, private="x-field"'],
    ['public, max-age=60, no-cache="set-cookie"'],
    ["public, max-age=60;private"],
    ["public, x=1;private, max-age=60"],
    ['public, max-age=60, x="unclosed, no-store'],
    ["public, max-age=60 , , no-store"],
    [["public, max-age=60", "no-store"]],
    [["private", "public, max-age=60"]],
  ])("4: private, no-store and no-cache count however they are written: %j", async (value) => {
    await using api = await startToldWorld({ upstream: { routes: [cached("/listed")] } });
    api.tell({ fields: { "Cache-Control": value } });
    expect(await isReused(api, "/x")).toBe(false);
    expect(await isReused(api, "/listed")).toBe(false);
  });

  it("5: a response with Set-Cookie is not stored, unless a route says that the cookie is noise", async () => {
    const noise = cached("/noise", { override: true, lifetimeMs: 60_000 });
    await using api = await startToldWorld({ upstream: { routes: [cached("/listed"), noise] } });
    api.tell({ fields: { ...PUBLIC, "Set-Cookie": ["a=1", "b=2"] } });
    const first = await api.ask("/x");
    expect([first.cache, first.fields["set-cookie"]]).toEqual([
      "sluice;fwd=uri-miss;detail=cookie",
      undefined,
    ]);
    expect(await isReused(api, "/x")).toBe(false);
    expect(await isReused(api, "/listed")).toBe(false);
    expect(await isReused(api, "/noise")).toBe(true);
    expect((await api.ask("/noise")).fields["set-cookie"]).toBeUndefined();
  });

  it("6: a route's lifetime against the origin's word is explicit, visible in Cache-Status, and told to nobody further down", async () => {
    const routes = [cached("/over", { override: true, lifetimeMs: 60_000 }), cached("/listed")];
    await using api = await startToldWorld({ upstream: { routes } });
    const php = {
      Expires: "Thu, 19 Nov 1981 08:52:00 GMT",
      "Cache-Control": "no-store, no-cache, must-revalidate",
      Pragma: "no-cache",
    };
    api.tell({ fields: php });
    expect(await isReused(api, "/listed")).toBe(false);
    const stored = await api.ask("/over");
    const hit = await api.ask("/over");
    expect(stored.cache).toBe("sluice;fwd=uri-miss;stored;detail=override");
    expect(hit.cache).toMatch(/^sluice;hit;ttl=\d+;detail=override$/);
    expect(hit.lines("cache-control")).toEqual([php["Cache-Control"]]);
  });

  it("7: the query is byte-exact, and what a route drops from the key it drops from the outbound URL", async () => {
    const tracked: Route = {
      ...cached("/tracked"),
      query: { ignored: ["utm_source"], sorted: false },
    };
    await using api = await startToldWorld({ upstream: { routes: [tracked] } });
    api.tell({ fields: PUBLIC });
    const queries = ["?a=1&b=2", "?b=2&a=1", "?a=%31&b=2", "?a=1&b=2&", "?A=1&b=2", "?a=1&&b=2"];
    for (const query of queries) await api.ask(`/x${query}`);
    expect(api.seen.map(({ target }) => target)).toEqual(
      queries.map((query) => `/x${query}&apikey=sim-key`),
    );
    expect((await api.ask("/x?a=1&b=2")).cache).toContain("hit");
    await api.ask("/tracked?utm_source=one&page=2");
    expect((await api.ask("/tracked?page=2&utm_source=two")).cache).toContain("hit");
    expect(api.seen.at(-1)?.target).toBe("/tracked?page=2&apikey=sim-key");
  });

  it("8: one canonical path is routed, keyed and sent, and what could be read in two ways is refused", async () => {
    await using api = await startToldWorld({ upstream: { routes: [cached("/abc")] } });
    api.tell({ fields: { "Cache-Control": "max-age=60" } });
    const refused = ["/a/%2e%2e/b", "/a/../b", "/a//b", "/a\\b", "/a%5Cb", "/a%00", "/a/%2E/b"];
    for (const path of [...refused, "/a/..%2Fb", "/a/..;x/b", "/a%zz"]) {
      expect((await api.ask(path)).status, `of ${path}`).toBe(400);
    }
    expect(api.seen).toHaveLength(0);
    await api.ask("/%61%62c");
    expect((await api.ask("/abc")).cache).toContain("hit");
    expect(api.seen.map(({ target }) => target)).toEqual(["/abc?apikey=sim-key"]);
  });

  it("8: whether something may be stored never depends on how its path looks", async () => {
    await using api = await startToldWorld();
    const paths = ["/account/style.css", "/account;a.png", "/account/x.js", "/account.php"];
    api.tell({ fields: { "Cache-Control": "private, max-age=60" } });
    for (const path of paths) expect(await isReused(api, path), `of ${path}`).toBe(false);
    api.tell({ fields: PUBLIC });
    for (const path of paths) expect(await isReused(api, path), `of ${path}`).toBe(true);
  });

  it("9: outbound request fields are an allow-list, and one that a route asks for is keyed", async () => {
    await using api = await startToldWorld({ upstream: { passFields: ["origin"] } });
    api.tell(({ fields }) => ({ fields: PUBLIC, body: String(fields.origin) }));
    const names = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"];
    const others = ["X-Original-URL", "X-Rewrite-URL", "Cookie", "Referer", "X-Whatever"];
    const fields = [...names, ...others].flatMap((name) => [name, "evil.example"]);
    await api.ask("/x", { fields });
    await api.ask("/y", { fields: [...fields, "Cache-Control", "no-store"] });
    await api.ask("/z", { fields, method: "POST", body: "x" });
    expect(api.seen).toHaveLength(3);
    for (const { fields: sent } of api.seen) {
      expect(JSON.stringify(sent)).not.toContain("evil.example");
      expect(sent.host).toBe(new URL(api.originUrl).host);
    }
    for (const name of ["https://a.example", "https://b.example"]) {
      expect((await api.ask("/x", { fields: ["Origin", name] })).body).toBe(name);
    }
    expect((await api.ask("/x", { fields: ["Origin", "https://a.example"] })).cache).toContain(
      "hit",
    );
  });

  it("10: method overrides are stripped, in fields, query and form", async () => {
    await using api = await startToldWorld({
      upstream: { keys: [{ in: "form", name: "apikey", value: "sim-key" }] },
    });
    const fields = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"].flatMap(
      (name) => [name, "DELETE"],
    );
    const form = ["Content-Type", "application/x-www-form-urlencoded"];
    await api.ask("/x?_method=DELETE&a=1", { fields });
    await api.ask("/x?%5fmethod=DELETE&a=1&_method[]=DELETE", { fields, method: "POST" });
    const body = "a=1&_method=DELETE&%5Fmethod=DELETE";
    await api.ask("/x", { fields: [...fields, ...form], method: "POST", body });
    expect(api.seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "GET /x?a=1",
      "POST /x?a=1",
      "POST /x",
    ]);
    expect(JSON.stringify(api.seen)).not.toMatch(/delete|override/i);
    expect(api.seen.at(-1)?.body).toBe("a=1&apikey=sim-key");
  });

  it("11: a GET with a body is refused", async () => {
    await using api = await startToldWorld();
    const refused = await api.ask("/x", { body: '{"q":1}' });
    const head = await api.ask("/x", { method: "HEAD", body: '{"q":1}' });
    expect(statuses([refused, head])).toEqual([400, 400]);
    expect(refused.body).toContain("urn:sluice:problem:bad-request");
    expect(api.seen).toHaveLength(0);
  });

  it("12: the upstream is asked for one constant coding, and each client answered in its own", async () => {
    await using api = await startToldWorld();
    const body = "text ".repeat(1000);
    api.tell({ fields: { ...PUBLIC, "Content-Type": "text/plain" }, body });
    const wanted = ["br", "zstd, gzip;q=0.5", "gzip", "identity", "*;q=0"];
    const got: (string | undefined)[] = [];
    for (const coding of wanted) {
      const { fields } = await api.ask("/x", { fields: ["Accept-Encoding", coding] });
      got.push(fields["content-encoding"]);
      await api.ask(`/alone?${got.length}`, {
        fields: ["Accept-Encoding", coding, "Cache-Control", "no-store"],
      });
    }
    expect(got).toEqual(["br", "zstd", "gzip", undefined, undefined]);
    expect(api.seen).toHaveLength(6);
    expect(new Set(api.seen.map(({ fields }) => fields["accept-encoding"]))).toEqual(
      new Set(["gzip"]),
    );
  });

  it("13: If-None-Match, If-Modified-Since and Range are answered from what is stored whole, and never sent", async () => {
    await using api = await startToldWorld();
    const modified = "Mon, 01 Jan 2024 00:00:00 GMT";
    api.tell({ fields: { ...PUBLIC, ETag: '"v1"', "Last-Modified": modified } });
    const part = await api.ask("/x", { fields: ["Range", "bytes=1-2"] });
    const whole = await api.ask("/x");
    const same = await api.ask("/x", { fields: ["If-None-Match", '"v1"'] });
    const since = await api.ask("/x", { fields: ["If-Modified-Since", modified] });
    const other = await api.ask("/x", { fields: ["If-None-Match", '"v0"'] });
    const beyond = await api.ask("/x", { fields: ["Range", "bytes=99-"] });
    const broken = await api.ask("/x", { fields: ["Range", "bytes=0-1", "If-Range", '"v0"'] });
    expect([part.body, part.fields["content-range"]]).toEqual(["el", "bytes 1-2/5"]);
    expect([whole, same, since, other].map(({ body }) => body)).toEqual(["hello", "", "", "hello"]);
    const all = [part, whole, same, since, other, beyond, broken];
    expect(statuses(all)).toEqual([206, 200, 304, 304, 200, 416, 200]);
    expect(api.seen).toHaveLength(1);
    const conditions = ["range", "if-range", "if-none-match", "if-modified-since"];
    for (const name of conditions) expect(api.seen[0]?.fields).not.toHaveProperty(name);
  });

  it.each([
    ["If-Match", '"v1"'],
    ["If-Unmodified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"],
  ])("13: %s is the origin's to judge, and its answer is not stored", async (name, value) => {
    await using api = await startToldWorld();
    api.tell({ fields: PUBLIC });
    const judged = await api.ask("/x", { fields: [name, value] });
    expect(judged.cache).toBe("sluice;fwd=bypass");
    expect(api.seen[0]?.fields[name.toLowerCase()]).toBe(value);
    expect((await api.ask("/x")).cache).toBe("sluice;fwd=uri-miss;stored");
  });

  it.each([206, 412, 416])("13: a %i that nobody asked for is never stored", async (status) => {
    const routes = [cached("/listed", { override: true, lifetimeMs: 60_000 })];
    await using api = await startToldWorld({ upstream: { routes } });
    api.tell({ status, fields: { ...PUBLIC, "Content-Range": "bytes 0-4/9" } });
    for (const path of ["/x", "/listed"]) expect(await isReused(api, path)).toBe(false);
  });

  it("14: HEAD is served from a stored GET, and a HEAD's answer never becomes a GET's body", async () => {
    await using api = await startToldWorld();
    api.tell({ fields: PUBLIC });
    const alone = { method: "HEAD", fields: ["Cache-Control", "no-store"] };
    expect((await api.ask("/x", alone)).status).toBe(200);
    const get = await api.ask("/x");
    expect([get.body, get.cache]).toEqual(["hello", "sluice;fwd=uri-miss;stored"]);
    const head = await api.ask("/x", { method: "HEAD" });
    expect([head.body, head.fields["content-length"]]).toEqual(["", "5"]);
    expect(head.cache).toContain("hit");
    await api.ask("/y", { method: "HEAD" });
    expect((await api.ask("/y")).body).toBe("hello");
  });

  it("15: a truncated body is never stored, and never passed on as whole", async () => {
    await using api = await startToldWorld({ upstream: { maxRetries: 0 } });
    api.tell({ fields: PUBLIC, broken: "cut" });
    const shared = await api.ask("/x").then(
      ({ status }) => status,
      () => "broken off",
    );
    expect(shared).toBe(502);
    await expect(api.ask("/x", { fields: ["Cache-Control", "no-store"] })).rejects.toThrow(
      /aborted|hang up|reset/,
    );
    api.tell({ fields: PUBLIC });
    const whole = await api.ask("/x");
    expect([whole.body, whole.cache]).toEqual(["hello", "sluice;fwd=uri-miss;stored"]);
  });

  it("16: an error is stored with explicit freshness only, and some never", async () => {
    const routes = [cached("/listed/**", { lifetimeMs: 60_000, heuristics: true })];
    await using api = await startToldWorld({ upstream: { routes } });
    const last = { "Cache-Control": "public", "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT" };
    const never = [400, 401, 403, 412, 413, 414, 416, 431];
    for (const status of [...never, 500, 502, 503]) {
      api.tell({ status, fields: PUBLIC });
      expect(await isReused(api, `/explicit/${status}`), `${status}`).toBe(!never.includes(status));
      api.tell({ status });
      expect(await isReused(api, `/listed/${status}`), `${status}`).toBe(false);
    }
    for (const status of [404, 410]) {
      api.tell({ status, fields: last });
      expect(await isReused(api, `/x/${status}`), `${status}`).toBe(false);
    }
  });

  it("16: a 429 is never stored, however long it says that it lasts", async () => {
    await using api = await startToldWorld();
    api.tell({ status: 429, fields: { ...PUBLIC, "Retry-After": "60" } });
    const refused = await api.ask("/x", { fields: ["Prefer", "wait=0"] });
    expect([refused.status, refused.cache]).toEqual([429, "sluice;fwd=uri-miss;detail=status"]);
  });

  it("16: an error never replaces a good response that may yet be served", async () => {
    await using api = await startToldWorld();
    api.tell({ fields: { ...STALE, "Cache-Control": "public, max-age=60, stale-if-error=60" } });
    await api.ask("/x");
    for (const status of [500, 503]) {
      api.tell({ status, fields: PUBLIC, body: "no" });
      const served = await api.ask("/x");
      expect([served.status, served.body]).toEqual([200, "hello"]);
      expect(served.cache).toBe("sluice;fwd=stale;detail=upstream-error");
    }
    api.tell({ status: 304, fields: PUBLIC });
    expect((await api.ask("/x")).cache).toBe("sluice;fwd=stale;fwd-status=304;stored");
    // Where it may not be served stale the error passes, and what may be validated stays.
    api.tell({ fields: STALE });
    await api.ask("/y");
    api.tell({ status: 503, fields: PUBLIC });
    expect((await api.ask("/y")).status).toBe(503);
    api.tell({ status: 304, fields: PUBLIC });
    expect((await api.ask("/y")).body).toBe("hello");
    expect(api.seen.at(-1)?.fields["if-none-match"]).toBe('"v1"');
  });

  it("17: no lifetime is guessed unless a route turns that on", async () => {
    const routes = [cached("/guess", { heuristics: true }), cached("/listed")];
    await using api = await startToldWorld({ upstream: { routes } });
    const modified = "Mon, 01 Jan 2024 00:00:00 GMT";
    api.tell({ fields: { "Cache-Control": "public", "Last-Modified": modified } });
    expect(await isReused(api, "/x")).toBe(false);
    expect(await isReused(api, "/listed")).toBe(false);
    expect(await isReused(api, "/guess")).toBe(true);
  });

  it("18: forcing the upstream is a right that a consumer is given", async () => {
    await using api = await startToldWorld({ settings: { consumers: CONSUMERS } });
    api.tell({ fields: PUBLIC });
    await api.ask("/x", { fields: PORTAL });
    for (const force of ["no-cache", "max-age=0", "min-fresh=3600"]) {
      const wish = ["Cache-Control", force];
      expect((await api.ask("/x", { fields: [...PORTAL, ...wish] })).cache).toContain("hit");
      const forced = await api.ask("/x", { fields: [...FORCER, ...wish] });
      expect(forced.cache, `by ${force}`).toBe("sluice;fwd=request;stored");
    }
    expect(api.seen).toHaveLength(4);
  });

  it("18: requests that force the upstream still collapse", async () => {
    const routes = [cached("/listed")];
    await using api = await startToldWorld({
      upstream: { routes },
      settings: { consumers: CONSUMERS },
    });
    api.tell({ fields: PUBLIC });
    await api.ask("/listed", { fields: FORCER });
    api.tell({ fields: PUBLIC, body: "new", hold: true });
    const fields = [...FORCER, "Cache-Control", "no-cache"];
    const asking = await untilBegun(3, "/api/listed", () => ({
      answers: Promise.all([1, 2, 3].map(() => api.ask("/listed", { fields }))),
    }));
    await expect.poll(() => api.held()).toBe(1);
    await settle();
    api.release();
    const answers = await asking.answers;
    expect(answers.map(({ body }) => body)).toEqual(["new", "new", "new"]);
    expect(answers.filter(({ cache }) => cache.includes("collapsed"))).toHaveLength(2);
    expect(api.seen).toHaveLength(2);
  });

  it("18: only-if-cached is answered 504 where nothing stored serves, and max-stale never beats must-revalidate", async () => {
    await using api = await startToldWorld();
    const only = { fields: ["Cache-Control", "only-if-cached"] };
    expect((await api.ask("/x", only)).status).toBe(504);
    expect(api.seen).toHaveLength(0);
    const any = { fields: ["Cache-Control", "max-stale"] };
    api.tell({ fields: STALE });
    await api.ask("/taken");
    expect((await api.ask("/taken", any)).cache).toMatch(/^sluice;hit;ttl=-\d+;detail=max-stale$/);
    for (const word of ["must-revalidate", "proxy-revalidate", "s-maxage=60"]) {
      api.tell({ fields: { ...STALE, "Cache-Control": `public, max-age=60, ${word}` } });
      await api.ask(`/${word}`);
      const asked = await api.ask(`/${word}`, any);
      expect(asked.cache, `with ${word}`).toContain("fwd=stale");
    }
  });

  it("19: Age is replaced, and Date is kept, or added where the origin sends none", async () => {
    await using api = await startToldWorld();
    const date = new Date(Date.now() - 5000).toUTCString();
    api.tell({ fields: { ...PUBLIC, Age: "10", Date: date } });
    await api.ask("/x");
    const hit = await api.ask("/x");
    expect(hit.lines("age")).toEqual([expect.stringMatching(/^1[0-9]$/)]);
    expect(hit.lines("date")).toEqual([date]);
    api.tell({ fields: { ...PUBLIC, Date: "" } });
    const fresh = await api.ask("/y");
    expect(Math.abs(Date.parse(String(fresh.fields["date"])) - Date.now())).toBeLessThan(5000);
    // A second later it is not the date of the answer, but still of what is stored.
    const age = async () => Number((await api.ask("/y")).fields["age"]);
    await expect.poll(age, { timeout: 4000 }).toBeGreaterThanOrEqual(1);
    expect((await api.ask("/y")).lines("date")).toEqual(fresh.lines("date"));
  });

  it("19: several instances agree on the age of what is stored", async () => {
    await using api = await startToldWorld();
    const other = await api.world.another();
    api.tell({ fields: { ...PUBLIC, Age: "30" } });
    await api.ask("/x");
    const hit = await api.ask("/x", { base: `${other.url}/api` });
    expect(Number(hit.fields["age"])).toBeGreaterThanOrEqual(30);
    expect(Number(hit.fields["age"])).toBeLessThan(40);
    expect(hit.cache).toMatch(/^sluice;hit;ttl=2\d$/);
  });

  it("19: a lifetime of one second is a second, although Date has a grain of one", async () => {
    await using api = await startToldWorld();
    // Node's own Date: it lies in the past by what has gone of the current second.
    api.tell({ fields: { "Cache-Control": "public, max-age=1" } });
    const since = Date.now();
    await api.ask("/x");
    const renewed = async () => (await api.ask("/x")).cache.includes("stored");
    await expect.poll(renewed, { timeout: 5000 }).toBe(true);
    expect(Date.now() - since).toBeGreaterThanOrEqual(1000);
  });

  it("19: of duplicates that disagree the first counts, or the response is stale", async () => {
    await using api = await startToldWorld();
    const now = Date.now();
    const expires = [60_000, 120_000].map((ms) => new Date(now + ms).toUTCString());
    const cases: [string, Record<string, string | string[]>, boolean][] = [
      ["first", { "Cache-Control": "public, max-age=60, max-age=0" }, true],
      ["last", { "Cache-Control": "public, max-age=0, max-age=60" }, false],
      ["age", { ...PUBLIC, Age: ["0", "10"] }, false],
      ["expires", { "Cache-Control": "public", Expires: expires }, false],
    ];
    for (const [path, fields, reused] of cases) {
      api.tell({ fields });
      expect(await isReused(api, `/${path}`), `with ${path}`).toBe(reused);
    }
  });

  it("20: stale service has a bounded window", async () => {
    await using api = await startToldWorld();
    const within = { ...STALE, "Cache-Control": "public, max-age=60, stale-if-error=60" };
    for (const [path, age, status] of [
      ["/within", "100", 200],
      ["/beyond", "121", 503],
    ] as const) {
      api.tell({ fields: { ...within, Age: age } });
      await api.ask(path);
      api.tell({ status: 503 });
      expect((await api.ask(path)).status, `of ${path}`).toBe(status);
    }
    // Nobody has given a window: none.
    api.tell({ fields: STALE });
    await api.ask("/none");
    api.tell({ status: 503 });
    expect((await api.ask("/none")).status).toBe(503);
  });

  it("20: s-maxage implies proxy-revalidate", async () => {
    await using api = await startToldWorld();
    const windows = "stale-if-error=60, stale-while-revalidate=60";
    api.tell({ fields: { ...STALE, "Cache-Control": `s-maxage=60, ${windows}` } });
    await api.ask("/x");
    api.tell({ status: 503 });
    const failed = await api.ask("/x");
    expect([failed.status, failed.cache]).toEqual([503, "sluice;fwd=stale;detail=authenticated"]);
  });

  it("21: followers share only what is storable; otherwise each goes alone, and the key is remembered for that", async () => {
    await using api = await startToldWorld({ upstream: { routes: [cached("/listed")] } });
    let count = 0;
    api.tell(() => {
      count += 1;
      return { fields: { "Cache-Control": "private" }, body: `for ${count}`, hold: true };
    });
    const three = () => Promise.all([1, 2, 3].map(() => api.ask("/listed")));
    const first = three();
    await expect.poll(() => api.held()).toBe(1);
    api.release();
    // The others learn that it is not theirs, and go side by side.
    await expect.poll(() => api.held()).toBe(2);
    api.release();
    const bodies = (await first).map(({ body }) => body);
    expect(new Set(bodies)).toEqual(new Set(["for 1", "for 2", "for 3"]));
    const second = three();
    await expect.poll(() => api.held()).toBe(3);
    api.release();
    expect(new Set((await second).map(({ body }) => body)).size).toBe(3);
  });

  it("21: nobody is answered with what another variant's leader got", async () => {
    const upstreamOf = { routes: [cached("/listed")], varyFields: ["x-tenant"] };
    await using api = await startToldWorld({ upstream: upstreamOf });
    api.tell(({ fields }) => ({
      fields: { ...PUBLIC, Vary: "X-Tenant" },
      body: String(fields["x-tenant"]),
      hold: true,
    }));
    const asking = Promise.all(
      ["a", "b"].map((name) => api.ask("/listed", { fields: ["X-Tenant", name] })),
    );
    await expect.poll(() => api.held()).toBe(2);
    api.release();
    expect((await asking).map(({ body }) => body)).toEqual(["a", "b"]);
  });

  it("21: neither a leader's leaving nor its failing is spread to the followers", async () => {
    const upstreamOf = { routes: [cached("/listed/**")], maxRetries: 0 };
    await using api = await startToldWorld({ upstream: upstreamOf });
    api.tell({ fields: PUBLIC, hold: true });
    const leaving = new AbortController();
    const left = api.ask("/listed/1", { signal: leaving.signal });
    await expect.poll(() => api.held()).toBe(1);
    const stays = await untilBegun(1, "/api/listed/1", () => ({ answer: api.ask("/listed/1") }));
    leaving.abort();
    await expect(left).rejects.toThrow("aborted");
    api.release();
    expect((await stays.answer).cache).toContain("collapsed");
    expect(api.seen).toHaveLength(1);
    api.tell({ broken: "unanswered", hold: true });
    const both = await untilBegun(2, "/api/listed/2", () => ({
      answers: Promise.all([1, 2].map(() => api.ask("/listed/2"))),
    }));
    await expect.poll(() => api.held()).toBe(1);
    api.tell({ fields: PUBLIC });
    api.release();
    expect(new Set(statuses(await both.answers))).toEqual(new Set([200, 502]));
  });

  it("22: Connection: authorization does not hide who asks", async () => {
    await using api = await startToldWorld({ settings: { consumers: CONSUMERS } });
    api.tell({ fields: PUBLIC });
    const known = await api.ask("/x", { fields: [...PORTAL, "Connection", "authorization"] });
    const unknown = await api.ask("/x", {
      fields: ["Authorization", "Bearer wrong", "Connection", "authorization"],
    });
    expect(statuses([known, unknown])).toEqual([200, 401]);
  });

  it("22: what forbids storing is judged although Connection lists it, in a request and in an answer", async () => {
    await using api = await startToldWorld();
    api.tell({ fields: PUBLIC });
    const fields = ["Cache-Control", "no-store", "Connection", "cache-control, close"];
    expect((await api.ask("/x", { fields })).cache).toBe("sluice;fwd=bypass");
    const conditional = ["If-Match", '"v1"', "Connection", "if-match, close"];
    expect((await api.ask("/x", { fields: conditional })).cache).toBe("sluice;fwd=bypass");
    expect((await api.ask("/x")).cache).toBe("sluice;fwd=uri-miss;stored");
    for (const name of ["Cache-Control", "Set-Cookie", "Vary"]) {
      const forbidding = { ...PUBLIC, [name]: name === "Vary" ? "*" : "private" };
      api.tell({ fields: { ...forbidding, Connection: `${name}, close` } });
      expect(await isReused(api, `/${name}`), `against ${name}`).toBe(false);
    }
  });

  it("22: an answer to a client's own credential is not shared because Connection lists the field", async () => {
    const open = { keys: [], varyFields: ["authorization"] };
    await using api = await startToldWorld({ upstream: open });
    api.tell({ fields: { "Cache-Control": "max-age=60" } });
    const fields = ["Authorization", "Basic dTpw", "Connection", "authorization, close"];
    const own = await api.ask("/x", { fields });
    expect(own.cache).toBe("sluice;fwd=uri-miss;detail=authenticated");
    expect((await api.ask("/x")).cache).not.toContain("hit");
  });

  it("23: a write that went through invalidates all variants of its URL, and what it names at its own origin", async () => {
    await using api = await startToldWorld({ upstream: { varyFields: ["x-tenant"] } });
    const variants = [[], ["X-Tenant", "a"]];
    const paths = ["/a", "/b", "/c", "/d", "/e"];
    for (const [status, method] of [
      [200, "PUT"],
      [201, "POST"],
      [303, "DELETE"],
    ] as const) {
      api.tell({ fields: { ...PUBLIC, Vary: "X-Tenant" } });
      for (const path of paths) {
        for (const fields of variants) await api.ask(path, { fields });
      }
      const named = { Location: `${api.originUrl}/b`, "Content-Location": "/c" };
      api.tell({ status, fields: named });
      await api.ask("/a", { method });
      api.tell({ status, fields: { Location: "https://elsewhere.example/d" } });
      await api.ask("/a", { method });
      const found = async (path: string) => {
        const answers = variants.map((fields) =>
          api.ask(path, { fields: [...fields, "Cache-Control", "only-if-cached"] }),
        );
        return statuses(await Promise.all(answers));
      };
      for (const path of ["/a", "/b", "/c"])
        expect(await found(path), `of ${path}`).toEqual([504, 504]);
      for (const path of ["/d", "/e"]) expect(await found(path), `of ${path}`).toEqual([200, 200]);
    }
  });

  it.each<["does not outlive" | "outlives", string, Told]>([
    ["does not outlive", "failed", { status: 500 }],
    ["does not outlive", "was refused, as far as a 4xx says", { status: 409 }],
    ["does not outlive", "was never answered", { broken: "unanswered" }],
    ["does not outlive", "got an error envelope under 200", { body: '{"error":true}' }],
    ["does not outlive", "was not answered in time", { hold: true }],
    ["outlives", "was refused with a 429", { status: 429, fields: { "Retry-After": "60" } }],
  ])("23: what is stored %s a write that %s", async (verb, _how, told) => {
    const timeouts = { connectMs: 1000, headersMs: 600, bodyMs: 600 };
    const write = route({ match: { methods: ["PUT"], path: "/**" }, invalidates: ["things"] });
    const routes: Route[] = [{ ...cached("/**"), groups: ["things"] }, write];
    await using api = await startToldWorld({ upstream: { routes, timeouts, maxRetries: 0 } });
    api.tell({ fields: PUBLIC });
    const paths = ["/x", "/of/the/group"];
    for (const path of paths) expect(await isReused(api, path)).toBe(true);
    api.tell(told);
    await api.ask("/x", { method: "PUT", body: "x", fields: ["Prefer", "wait=0"] });
    for (const path of paths) {
      const found = await api.ask(path, { fields: ["Cache-Control", "only-if-cached"] });
      expect(found.status).toBe(verb === "outlives" ? 200 : 504);
    }
  });

  it("24: a GET that was under way when a write landed may not store what it brings", async () => {
    await using api = await startToldWorld({ upstream: { routes: [cached("/listed")] } });
    for (const path of ["/x", "/listed"]) {
      api.tell({ fields: PUBLIC, body: "before", hold: true });
      const early = api.ask(path);
      await expect.poll(() => api.held()).toBe(1);
      api.tell({ status: 204 });
      await api.ask(path, { method: "PUT", body: "x" });
      api.release();
      expect((await early).body).toBe("before");
      api.tell({ fields: PUBLIC, body: "after" });
      expect((await api.ask(path)).body).toBe("after");
    }
  });

  it("25: random parameters are dropped where a route lists those that it knows", async () => {
    const known: Route = {
      ...cached("/listed"),
      query: { known: ["page"], ignored: [], sorted: true },
    };
    await using api = await startToldWorld({ upstream: { routes: [known] } });
    api.tell({ fields: PUBLIC });
    for (const query of ["?page=1", "?page=1&x=0.1", "?r=7&page=1", "?page=1&page%00=2&%5Fx=3"]) {
      expect((await api.ask(`/listed${query}`)).status).toBe(200);
    }
    expect(api.seen.map(({ target }) => target)).toEqual(["/listed?page=1&apikey=sim-key"]);
  });
});
