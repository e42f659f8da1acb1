import { describe, expect, it } from "vitest";
import { startToldWorld, type Question } from "../support/told-origin.ts";
import { TICKET_ROUTES } from "../support/gateway.ts";
import { sendRaw } from "../support/raw-client.ts";

/*
 * Fields and parameters with which one client would choose what another gets, or pass for another.
 */

const JSON_BODY = { "Content-Type": "application/json" };

/** Fields that some upstream somewhere believes. */
const SPOOFED = [
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "X-Forwarded-Prefix",
  "X-Forwarded-Scheme",
  "X-Forwarded-Server",
  "X-Host",
  "X-HTTP-Host-Override",
  "Forwarded",
  "X-Original-URL",
  "X-Original-Host",
  "X-Rewrite-URL",
  "X-Real-IP",
  "X-Client-IP",
  "True-Client-IP",
  "CF-Connecting-IP",
  "X-HTTP-Method-Override",
  "X-HTTP-Method",
  "X-Method-Override",
  "X-Middleware-Subrequest",
  "X-WAP-Profile",
  "Origin",
  "Referer",
  "Cookie",
  "Via",
  "Proxy",
  "Transfer-Encoding-X",
  "Sluice-Consumer",
  "Surrogate-Capability",
];

describe("cache poisoning", () => {
  it("finds no field that reaches the origin and is no part of the key", async () => {
    await using told = await startToldWorld({ upstream: { routes: TICKET_ROUTES } });
    // An origin that puts whatever it is sent into what it answers.
    told.tell(({ fields }) => ({ fields: JSON_BODY, body: JSON.stringify(fields) }));
    const fields = SPOOFED.flatMap((name) => [name, "evil.example"]);
    const poisoned = await told.ask("/ticket/1", { fields });
    expect(poisoned.body).not.toContain("evil");
    expect((await told.ask("/ticket/1")).cache).toContain("hit");
    const unshared = await told.ask("/other", { fields });
    expect(unshared.body).not.toContain("evil");
    expect(told.seen).toHaveLength(2);
  });

  it("finds links that name the host by which one client asked told to that one alone", async () => {
    await using told = await startToldWorld({ upstream: { routes: TICKET_ROUTES } });
    const location = `${told.originUrl}/ticket/2`;
    told.tell({ body: "{}", fields: { ...JSON_BODY, "Content-Location": location } });
    const line = "GET /api/ticket/1 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    expect((await sendRaw(told.world.base, line)).text).toContain(
      "http://evil.example/api/ticket/2",
    );
    const other = await told.ask("/ticket/1");
    expect(other.cache).toContain("hit");
    expect(other.fields["content-location"]).toBe(`${told.world.base}/ticket/2`);
  });

  it.each([
    "/ticket/1?a=1;b=2",
    "/ticket/1?a=1&a=2",
    "/ticket/1?A=1",
    "/ticket/1?",
    "/ticket/1%3fa=1",
    "/ticket/1;a",
  ])("has a key of its own for %s", async (path) => {
    await using told = await startToldWorld({ upstream: { routes: TICKET_ROUTES } });
    told.tell(({ target }) => ({ fields: JSON_BODY, body: JSON.stringify(target) }));
    const plain = await told.ask("/ticket/1?a=1");
    const tricky = await told.ask(path);
    expect(tricky.cache).not.toContain("hit");
    expect(tricky.body).not.toBe(plain.body);
    expect((await told.ask("/ticket/1?a=1")).body).toBe(plain.body);
  });

  it("stores no answer to a HEAD, a POST, a part or a condition as the answer to a GET", async () => {
    await using told = await startToldWorld({ upstream: { routes: TICKET_ROUTES } });
    told.tell(({ method }) => ({ fields: JSON_BODY, body: `{"by":"${method}"}` }));
    const questions: Question[] = [
      { method: "HEAD" },
      { method: "POST", body: "x" },
      { fields: ["Range", "bytes=0-1"] },
      { fields: ["If-None-Match", '"evil"'] },
      { fields: ["X-HTTP-Method-Override", "DELETE"] },
    ];
    for (const question of questions) await told.ask("/ticket/1", question);
    expect((await told.ask("/ticket/1")).body).toBe('{"by":"GET"}');
    expect(new Set(told.seen.map(({ method }) => method))).toEqual(new Set(["GET", "POST"]));
  });
});

describe("cache deception", () => {
  it.each([
    "/account.css",
    "/account/x.css",
    "/account;x.css",
    "/account%2Fx.css",
    "/account%3Fx.css",
    "/account/%2E%2Ex.css",
  ])("finds no private answer stored for the look of its path: %s", async (path) => {
    await using told = await startToldWorld({ upstream: { routes: TICKET_ROUTES } });
    let count = 0;
    told.tell(() => {
      count += 1;
      return { fields: JSON_BODY, body: `{"of":${count}}` };
    });
    expect((await told.ask(path)).body).toBe('{"of":1}');
    expect((await told.ask(path)).body).toBe('{"of":2}');
  });
});

const consumer = (name: string, allow: { methods: string[]; path: string }[] = []) => ({
  name,
  key: `key-of-${name}`,
  weight: 1,
  priority: 3,
  allow,
  mayForce: false,
});

describe("passing for another consumer", () => {
  const consumers = [consumer("alice"), consumer("bob", [{ methods: ["GET"], path: "/public/*" }])];

  it("takes its key and nothing that it says of itself", async () => {
    await using told = await startToldWorld({ settings: { consumers } });
    const said = ["Sluice-Consumer", "alice", "User-Agent", "alice/1", "Forwarded", "for=alice"];
    expect((await told.ask("/public/1", { fields: said })).status).toBe(401);
    const fields = ["Authorization", "Bearer key-of-bob", ...said];
    expect((await told.ask("/public/1", { fields })).status).toBe(200);
    const { consumers: counted } = told.world.gateway.status();
    expect(Object.keys(counted)).toEqual(["bob"]);
  });

  it.each([
    "key-of-alicE",
    "key-of-alice ",
    "key-of-alice%00",
    "key-of-",
    "",
    "%C0%AEkey-of-alice",
    "key-of-alice,key-of-bob",
  ])("is refused with a key that is almost one: %j", async (key) => {
    await using told = await startToldWorld({ settings: { consumers } });
    expect((await told.ask(`/public/1?apikey=${encodeURI(key)}`)).status).toBe(401);
    expect(told.seen).toEqual([]);
  });

  it("sends the app key once and no consumer's, wherever a consumer puts its own", async () => {
    await using told = await startToldWorld({ settings: { consumers } });
    const basic = Buffer.from("key-of-alice:x").toString("base64");
    const key = "key-of-alice";
    const places: [query: string, fields: string[]][] = [
      [`?apikey=${key}`, []],
      [`?apikey=${key}&apikey=${key}&apikey[]=${key}&%61pikey=${key}&+apikey=${key}`, []],
      [`?apikey=x&apikey=${key}`, ["Authorization", `Bearer ${key}`]],
      ["", ["Authorization", `Bearer ${key}`, "Authorization", `Basic ${basic}`]],
    ];
    for (const [query, fields] of places) {
      expect((await told.ask(`/public/1${query}`, { fields })).status).toBe(200);
    }
    for (const { target, fields } of told.seen) {
      expect(target).toBe("/public/1?apikey=sim-key");
      expect(JSON.stringify(fields)).not.toMatch(/key-of|authorization/i);
    }
  });

  it("cannot try a list of keys in one request", async () => {
    await using told = await startToldWorld({ settings: { consumers } });
    const guesses = Array.from({ length: 50 }, (_, at) => `apikey=guess-${at}`).join("&");
    expect((await told.ask(`/public/1?${guesses}&apikey=key-of-alice`)).status).toBe(401);
    expect(told.seen).toEqual([]);
  });

  it("leaves the allow-list as it is, however an upstream reads an encoded slash", async () => {
    await using told = await startToldWorld({ settings: { consumers } });
    const fields = ["Authorization", "Bearer key-of-bob"];
    const status = async (path: string): Promise<number> =>
      (await told.ask(path, { fields })).status;
    expect(await status("/public/1")).toBe(200);
    expect(await status("/public/a%2Fb")).toBe(403);
    expect(await status("/public/1/2")).toBe(403);
    expect(await status("/PUBLIC/1")).toBe(403);
    expect(await status("/public;x/1")).toBe(403);
    expect(told.seen).toHaveLength(1);
  });
});
