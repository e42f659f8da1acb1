import { describe, expect, it } from "vitest";
import {
  dependable,
  freshen,
  isError,
  judgeHead,
  keep,
  record,
  type Head,
} from "../../src/store/keep.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { cachePolicy, unlistedGets } from "../support/settings.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";
import type { CachePolicy } from "../../src/ports/settings.ts";

const NOW = 1_800_000_000_000;
const POLICY = cachePolicy({
  lifetimeMs: 20_000,
  override: true,
  mediaTypes: ["application/json"],
  errorEnvelope: [{ member: "error", is: true }],
});

function head(changes: Partial<Head> = {}): Head {
  return {
    status: 200,
    reason: "OK",
    fields: ["Content-Type", "application/json"],
    requestedAt: NOW - 50,
    receivedAt: NOW,
    requestFields: [],
    authenticated: true,
    generations: [["tickets", "g1", "s1"]],
    ...changes,
  };
}

function variantOf(requestFields: string[]): string {
  return recorded({ fields: ["Vary", "Accept"], requestFields }).variant;
}

function recorded(changes: Partial<Head>, policy: CachePolicy = POLICY): StoredResponse {
  return record({ head: head(changes), policy }, BODY, KEPT);
}

const KEPT = {
  keep: true,
  lifetimeMs: 20_000,
  overridden: true,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
} as const;
const BODY = Buffer.from('{"id":1}');

describe("judgeHead()", () => {
  it("settles the lifetime, or says why nothing is kept", () => {
    expect(judgeHead(head(), POLICY)).toEqual(KEPT);
    expect(judgeHead(head({ status: 429 }), POLICY)).toEqual({ keep: false, why: "status" });
    expect(judgeHead(head(), unlistedGets({ lifetimeMs: 20_000 }))).toEqual({
      keep: false,
      why: "authenticated",
    });
  });
});

describe("isError()", () => {
  it.each([
    ['{"error":true,"message":"no"}', true],
    ['{"error":false,"tickets":[]}', false],
    ["<h1>not JSON</h1>", true],
  ])("takes %s for an error: %s", (body, expected) => {
    expect(isError(Buffer.from(body), POLICY)).toBe(expected);
  });

  it("leaves a body alone where no route speaks of envelopes", () => {
    expect(isError(Buffer.from('{"error":true}'), cachePolicy())).toBe(false);
  });
});

describe("record()", () => {
  it("keeps no cookie and no length, and makes an entity tag where the origin gave none", () => {
    const fields = ["Set-Cookie", "PHPSESSID=1", "Content-Length", "8", "X-A", "1"];
    const made = recorded({ fields });
    expect(made.fields).toEqual(["X-A", "1"]);
    expect(made.etag).toMatch(/^"sl-/);
    expect(recorded({ fields: ["ETag", 'W/"7"'] }).etag).toBe('W/"7"');
  });

  it("keeps a cookie where the policy calls it a field like any other", () => {
    const fields = ["Set-Cookie", "lang=de", "X-A", "1"];
    expect(recorded({ fields }, { ...POLICY, cookies: "store" }).fields).toEqual(fields);
  });

  it("takes over what the verdict and the head say of its use and of what it depends on", () => {
    const verdict = { ...KEPT, staleWhileRevalidateMs: 5000, staleIfErrorMs: 6000 };
    expect(record({ head: head(), policy: POLICY }, BODY, verdict)).toMatchObject({
      staleWhileRevalidateMs: 5000,
      staleIfErrorMs: 6000,
      lifetimeMs: 20_000,
      generations: [["tickets", "g1", "s1"]],
      requestedAt: NOW - 50,
      receivedAt: NOW,
    });
  });

  it("tells variants apart by the fields that Vary names, and by no others", () => {
    const json = variantOf(["Accept", "application/json"]);
    expect(variantOf(["accept", "application/json", "X-Other", "1"])).toBe(json);
    expect(variantOf(["Accept", "text/html"])).not.toBe(json);
    expect(variantOf([])).not.toBe(json);
  });

  it("has a part answer the range that it was asked for alone, and a whole any (RFC 9111 section 3.3)", () => {
    const fields = ["Vary", "Zeta, Accept", "Content-Range", "bytes 0-1/9"];
    const requestFields = ["Range", "bytes=0-1", "Accept", "a/b"];
    expect(recorded({ status: 206, fields, requestFields }).selecting).toEqual({
      accept: "a/b",
      range: "bytes=0-1",
      zeta: "",
    });
    const whole = recorded({ fields: ["Vary", "Accept"], requestFields });
    expect(whole.selecting).toEqual({ accept: "a/b" });
  });
});

describe("freshen()", () => {
  it("takes the 304's fields, the body's own aside, and counts age anew (RFC 9111 section 4.3.4)", () => {
    const stored = storedResponse({ fields: ["ETag", '"a"', "X-A", "old"] });
    const fields = ["X-A", "new", "Content-Length", "0", "Set-Cookie", "PHPSESSID=2"];
    const { stored: renewed, verdict } = freshen(
      stored,
      head({ status: 304, fields, receivedAt: NOW + 9 }),
      { ...POLICY, mediaTypes: [] },
    );
    expect(verdict).toEqual(KEPT);
    expect(renewed).toMatchObject({ status: 200, body: stored.body, receivedAt: NOW + 9 });
    expect(renewed.fields).toEqual(["ETag", '"a"', "X-A", "new"]);
  });

  it("keeps no cookie of a 304, and validates by the entity tag that it brings", () => {
    const stored = storedResponse({ fields: [], etag: '"sl-made"' });
    const fields = ["Set-Cookie", "PHPSESSID=1", "ETag", '"origin"'];
    const policy = { ...POLICY, mediaTypes: [] };
    const renewed = freshen(stored, head({ status: 304, fields }), policy).stored;
    expect(renewed).toMatchObject({ fields: ["ETag", '"origin"'], etag: '"origin"' });
    expect(freshen(stored, head({ status: 304, fields: [] }), policy).stored.etag).toBe(
      '"sl-made"',
    );
  });

  it("is fresh no more where the 304 forbids storing", () => {
    const stored = storedResponse({ fields: ["Content-Type", "application/json"] });
    const forbidding = head({ status: 304, fields: ["Cache-Control", "no-store"] });
    const { stored: renewed, verdict } = freshen(stored, forbidding, {
      ...POLICY,
      override: false,
    });
    expect(verdict).toEqual({ keep: false, why: "no-store" });
    expect(renewed.lifetimeMs).toBe(0);
  });
});

describe("dependable()", () => {
  const generation = { name: "tickets", hard: "g1", soft: "s1", pending: false };

  it("is what was read before the request left", () => {
    expect(dependable([generation])).toEqual([["tickets", "g1", "s1"]]);
    expect(dependable([])).toEqual([]);
  });

  it("is nothing while a write is under way, or where the store was out of reach (P7)", () => {
    const written = { ...generation, name: "users", pending: true };
    expect(dependable([generation, written])).toBeUndefined();
    expect(dependable(undefined)).toBeUndefined();
  });
});

describe("keep()", () => {
  it.each([
    ["its lifetime alone where nothing could validate it", {}, [], 20_000],
    ["ten minutes more where a tag can validate it", {}, ["ETag", '"a"'], 620_000],
    ["so too where a date can", {}, ["Last-Modified", "a date"], 620_000],
    [
      "its lifetime once more where that is longer",
      { lifetimeMs: 900_000 },
      ["ETag", '"a"'],
      1_800_000,
    ],
    [
      "as long as it may be served when the upstream fails",
      { staleIfErrorMs: 700_000 },
      [],
      720_000,
    ],
    ["as long as it may be served while refreshed", { staleWhileRevalidateMs: 5000 }, [], 25_000],
  ] as const)("keeps for %s", async (...keeping) => {
    const [, changes, fields, keptMs] = keeping;
    const store = new MemoryCacheStore();
    const stored = storedResponse({ lifetimeMs: 20_000, ...changes, fields });
    expect(await keep(store, "k", stored)).toBe(true);
    expect(store.keptMs).toBe(keptMs);
  });

  it("says so where the store is out of reach, and hides no other failure", async () => {
    const store = new MemoryCacheStore();
    store.failing = true;
    expect(await keep(store, "k", storedResponse())).toBe(false);
    store.failing = false;
    expect((await store.read("k", [])).variants).toEqual([]);
    store.write = () => Promise.reject(new TypeError("a defect"));
    await expect(keep(store, "k", storedResponse())).rejects.toThrow("a defect");
  });
});
