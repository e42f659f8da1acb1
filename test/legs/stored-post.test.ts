import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { storedPost } from "../../src/legs/stored-post.ts";
import { sharedOutbound } from "../../src/forward/outbound.ts";
import { cacheKey } from "../../src/lookup/cache-key.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { cachePolicy, route, unlistedGets } from "../support/settings.ts";
import { Workbench } from "../support/workbench.ts";
import type { Forwarded } from "../../src/forward/forward.ts";
import type { RawFields } from "../../src/http/fields.ts";
import type { Upstream } from "../../src/ports/settings.ts";

const PATH = "api path /x";
const FRESH = ["Cache-Control", "max-age=60", "Content-Location", "/api/x"];
const POLICY = unlistedGets({ liberal: true, maxStoredBytes: 100 });
const JSON_ALONE = { ...POLICY, mediaTypes: ["application/json"] };
const KEYS: Upstream["keys"] = [{ in: "query", name: "apikey", value: "sim-key" }];

/** How one POST goes. */
interface Posting extends Partial<Omit<Forwarded, "body">> {
  readonly what?: string;
  readonly upstream?: Partial<Upstream>;
  readonly body?: string | Readable;
  readonly asked?: RawFields;
  readonly method?: string;
  /** Before its answer is judged. */
  readonly before?: (store: MemoryCacheStore) => Promise<void>;
}

/** What becomes of the answer to a POST to /x before an upstream without keys. */
async function post({ upstream = {}, body = "new", ...going }: Posting = {}) {
  const { what: _, asked = [], method = "POST", before, ...changes } = going;
  const liberal = { keys: [], liberal: true, unlistedGets: POLICY, ...upstream };
  const bench = new Workbench(liberal);
  const store = new MemoryCacheStore();
  const { request, ...exchange } = bench.exchange({ fields: asked });
  const posting = { ...exchange, request, asked: { ...exchange.asked, method, route: undefined } };
  const reply: Forwarded = {
    status: 200,
    reason: "OK",
    fields: FRESH,
    wasCoded: false,
    trailers: () => [],
    requestedAt: bench.clock.now() - 50,
    receivedAt: bench.clock.now(),
    upstreamMs: 50,
    closed: Promise.resolve(),
    ...changes,
    body: typeof body === "string" ? Readable.from([Buffer.from(body)]) : body,
  };
  await before?.(store);
  const answer = await storedPost({ store, exchange: posting }, reply);
  const { body: given } = answer;
  const got = given instanceof Readable ? await text(given) : Buffer.from(given ?? "").toString();
  return { store, got, answer, asked: posting.asked, cache: posting.notes.cache };
}

async function isStored(going: Posting = {}): Promise<boolean> {
  const { store, got, cache } = await post(going);
  expect(got).toBe("new");
  expect(cache !== undefined).toBe(store.lastKey !== "");
  return store.lastKey !== "";
}

describe("storedPost() keeps", () => {
  it("what a GET for the same URL is then answered with (RFC 9110 section 9.3.3)", async () => {
    const asked = ["Content-Type", "text/plain", "Accept-Language", "de"];
    const { store, got, cache, asked: posted } = await post({ asked });
    const get = { ...posted, method: "GET", fields: ["Accept-Language", "de"] };
    const { target, keyFields } = sharedOutbound(get, []);
    expect(store.lastKey).toBe(cacheKey({ upstream: posted.upstream, target, fields: keyFields }));
    const [stored] = (await store.read(store.lastKey, [])).variants;
    expect(stored).toMatchObject({ status: 200, fields: FRESH, lifetimeMs: 60_000 });
    expect([Buffer.from(stored?.body ?? []).toString(), got]).toEqual(["new", "new"]);
    expect(cache).toEqual({ kind: "forward", reason: "method", stored: true, collapsed: false });
  });

  it("under the generations of after the POST's own invalidation", async () => {
    const { store } = await post({ before: (kept) => kept.bump([PATH], "hard") });
    const [stored] = (await store.read(store.lastKey, [])).variants;
    const [now] = await store.generations([PATH]);
    expect(stored?.generations).toContainEqual([PATH, now?.hard, now?.soft]);
    expect(now?.hard).not.toBe("");
  });

  it("by the terms of the GET's route, its groups among them", async () => {
    const cache = cachePolicy({ liberal: true, lifetimeMs: 5000, override: true });
    const match = { methods: ["GET"], path: "/x" };
    const routes = [route({ match, groups: ["xs"], cache })];
    const { store } = await post({ upstream: { routes } });
    const [stored] = (await store.read(store.lastKey, [])).variants;
    expect(stored).toMatchObject({ lifetimeMs: 5000, overridden: true });
    expect(stored?.generations.map(([name]) => name)).toContain("api group xs");
  });

  it.each(["http://upstream.example/api/x", "x", ""])("where the location is %j", async (at) => {
    // Without a path of its own the reference is to the target itself (RFC 3986 section 4.4).
    const fields = ["Cache-Control", "max-age=60", "Content-Location", at];
    expect(await isStored({ fields })).toBe(true);
  });
});

describe("storedPost() passes on and does not keep", () => {
  const freshness = FRESH.slice(0, 2);

  it.each([
    { what: "without Content-Location", fields: freshness },
    { what: "that names another URL", fields: [...freshness, "Content-Location", "/api/y"] },
    { what: "that names two", fields: [...FRESH, "Content-Location", "/api/x"] },
    { what: "without explicit freshness", fields: FRESH.slice(2) },
    { what: "that is stale", fields: ["Cache-Control", "max-age=0", ...FRESH.slice(2)] },
    { what: "that is private", fields: [...FRESH, "Cache-Control", "private"] },
    { what: "that sets a cookie", fields: [...FRESH, "Set-Cookie", "a=b"] },
    { what: "that names groups", fields: [...FRESH, "Cache-Groups", '"g"'] },
    { what: "that tells what was made", status: 201 },
    { what: "that is an error", status: 404 },
    { what: "to another method", method: "PUT" },
    { what: "to a client's own credential", asked: ["Authorization", "Basic dTpw"] },
    { what: "to a key of the gateway's", upstream: { keys: KEYS } },
    { what: "of a media type that is not expected", upstream: { unlistedGets: JSON_ALONE } },
  ])("an answer $what", async (going: Posting) => {
    expect(await isStored(going)).toBe(false);
  });

  it("one without explicit freshness, whatever else would give it a lifetime", async () => {
    const modified = ["Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"];
    const fields = [...FRESH.slice(2), ...modified];
    const heuristics = { unlistedGets: { ...POLICY, heuristics: true } };
    expect(await isStored({ fields, upstream: heuristics })).toBe(false);
    const lasting = { unlistedGets: { ...POLICY, lifetimeMs: 5000 } };
    expect(await isStored({ fields, upstream: lasting })).toBe(false);
  });

  it("one while another write is under way, or the store is out of reach", async () => {
    const mark = { writer: "w2", names: [PATH], forMs: 1000 };
    expect(await isStored({ before: (store) => store.mark(mark) })).toBe(false);
    expect(await isStored({ before: async (store) => void (store.failing = true) })).toBe(false);
  });

  it("one that is larger than the bound, all of it", async () => {
    const chunks = ["a".repeat(80), "b".repeat(80), "c"];
    const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    const { store, got } = await post({ body });
    expect([store.lastKey, got]).toEqual(["", chunks.join("")]);
  });

  it("an error envelope", async () => {
    const policy = { ...POLICY, errorEnvelope: [{ member: "error", is: true }] };
    const { store } = await post({ body: '{"error":true}', upstream: { unlistedGets: policy } });
    expect(store.lastKey).toBe("");
  });

  it("one that broke off, and says so", async () => {
    const body = Readable.from(broken());
    await expect(post({ body })).rejects.toMatchObject({ type: "upstream-broke-off" });
  });

  it("hides no failure of another kind", async () => {
    const defect = new TypeError("a defect");
    const before = async (store: MemoryCacheStore) => {
      store.generations = () => Promise.reject(defect);
    };
    await expect(post({ before })).rejects.toBe(defect);
  });
});

function* broken(): Generator<Buffer> {
  yield Buffer.from("{");
  throw new Error("cut");
}
