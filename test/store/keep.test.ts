import { describe, expect, it } from "vitest";
import { freshen, isError, judgeHead, keep, record, type Head } from "../../src/store/keep.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { CachePolicy } from "../../src/ports/settings.ts";

const NOW = 1_800_000_000_000;
const POLICY: CachePolicy = {
  lifetimeMs: 20_000,
  override: true,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  mediaTypes: ["application/json"],
  errorEnvelope: [{ member: "error", is: true }],
};

function head(changes: Partial<Head> = {}): Head {
  return {
    status: 200,
    reason: "OK",
    fields: ["Content-Type", "application/json"],
    requestedAt: NOW - 50,
    receivedAt: NOW,
    requestFields: [],
    generations: [["tickets", "g1"]],
    ...changes,
  };
}

function variantOf(requestFields: string[]): string {
  return record(head({ fields: ["Vary", "Accept"], requestFields }), BODY, KEPT).variant;
}

const KEPT = { keep: true, lifetimeMs: 20_000, overridden: true } as const;
const BODY = Buffer.from('{"id":1}');

describe("judgeHead()", () => {
  it("settles the lifetime, or says why nothing is kept", () => {
    expect(judgeHead(head(), POLICY)).toEqual(KEPT);
    expect(judgeHead(head({ status: 500 }), POLICY)).toEqual({ keep: false, why: "status" });
    expect(judgeHead(head(), undefined)).toEqual({ keep: false, why: "authenticated" });
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
    expect(isError(Buffer.from('{"error":true}'), undefined)).toBe(false);
  });
});

describe("record()", () => {
  it("keeps no cookie and no length, and makes an entity tag where the origin gave none", () => {
    const fields = ["Set-Cookie", "PHPSESSID=1", "Content-Length", "8", "X-A", "1"];
    const made = record(head({ fields }), BODY, KEPT);
    expect(made.fields).toEqual(["X-A", "1"]);
    expect(made.etag).toMatch(/^"sl-/);
    expect(record(head({ fields: ["ETag", 'W/"7"'] }), BODY, KEPT).etag).toBe('W/"7"');
  });

  it("tells variants apart by the fields that Vary names, and by no others", () => {
    const json = variantOf(["Accept", "application/json"]);
    expect(variantOf(["accept", "application/json", "X-Other", "1"])).toBe(json);
    expect(variantOf(["Accept", "text/html"])).not.toBe(json);
    expect(variantOf([])).not.toBe(json);
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

describe("keep()", () => {
  it.each([
    ["its lifetime alone where nothing could validate it", {}, [], 20_000],
    ["twice its lifetime where it can be validated", {}, ["ETag", '"a"'], 40_000],
    ["as long as it may be served stale", { staleIfErrorMs: 600_000 }, [], 620_000],
  ] as const)("keeps for %s", async (...keeping) => {
    const [, changes, fields, keptMs] = keeping;
    const store = new MemoryCacheStore();
    const stored = storedResponse({ fields, lifetimeMs: 20_000 });
    const policy = { ...POLICY, ...changes };
    expect(await keep(store, "k", { head: head(), stored, policy })).toBe(true);
    expect(store.keptMs).toBe(keptMs);
  });

  it("keeps nothing where the store is, or was, out of reach: nobody knows the generations", async () => {
    const store = new MemoryCacheStore();
    const stored = storedResponse();
    const blind = { head: head({ generations: undefined }), stored, policy: POLICY };
    expect(await keep(store, "k", blind)).toBe(false);
    store.failing = true;
    expect(await keep(store, "k", { head: head(), stored, policy: POLICY })).toBe(false);
    store.failing = false;
    expect((await store.read("k", [])).variants).toEqual([]);
  });
});
