import { describe, expect, it } from "vitest";
import { decide, find, type Search } from "../../src/lookup/find.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";

const NOW = 1_800_000_010_000;
const WISHES = { noCache: false, onlyIfCached: false, maxAgeMs: undefined, minFreshMs: undefined };
const SEARCH: Search = { key: "k", names: ["tickets"], fields: [], wishes: WISHES, now: NOW };

function stored(changes: Partial<StoredResponse> = {}): StoredResponse {
  return storedResponse({
    selecting: {},
    receivedAt: NOW - 1000,
    requestedAt: NOW - 1000,
    ...changes,
  });
}

function look(variants: StoredResponse[], generation = "g1", search: Partial<Search> = {}) {
  return decide({ variants, generations: [generation] }, { ...SEARCH, ...search });
}

describe("decide()", () => {
  it("finds what is fresh, with its age and what is left of it", () => {
    const one = stored();
    expect(look([one])).toEqual({ kind: "hit", stored: one, ageMs: 1000, ttlMs: 59_000 });
  });

  it("finds nothing that was stored under an older generation (P7), fresh or not", () => {
    expect(look([stored()], "g2")).toMatchObject({ kind: "forward", reason: "uri-miss" });
    expect(look([stored()], "")).toMatchObject({ kind: "forward", reason: "uri-miss" });
  });

  it("finds nothing whose generation was not asked for", () => {
    const other = stored({ generations: [["users", "g1"]] });
    expect(look([other])).toMatchObject({ reason: "uri-miss" });
  });

  it("finds nothing when one of several generations has moved on (P7)", () => {
    const both = stored({
      generations: [
        ["tickets", "g1"],
        ["users", "g1"],
      ],
    });
    const search = { ...SEARCH, names: ["tickets", "users"] };
    const at = (users: string) =>
      decide({ variants: [both], generations: ["g1", users] }, search).kind;
    expect([at("g1"), at("g2")]).toEqual(["hit", "forward"]);
  });

  it("selects by Vary, and of several the newest (RFC 9111 section 4.1)", () => {
    const json = stored({ selecting: { accept: "application/json" } });
    const newer = stored({ selecting: { accept: "application/json" }, receivedAt: NOW });
    const fields = ["Accept", "application/json"];
    expect(look([json, newer], "g1", { fields })).toMatchObject({ stored: newer });
    expect(look([json], "g1", { fields: ["Accept", "text/html"] })).toMatchObject({
      kind: "forward",
      reason: "vary-miss",
    });
  });

  it("hands a stale one over for validation, with the generations to store under", () => {
    const old = stored({ lifetimeMs: 500 });
    expect(look([old])).toEqual({
      kind: "forward",
      reason: "stale",
      generations: [["tickets", "g1"]],
      stale: old,
    });
    const forced = { wishes: { ...WISHES, noCache: true } };
    expect(look([stored()], "g1", forced)).toMatchObject({ reason: "request" });
  });
});

describe("find()", () => {
  it("takes a store that is away for a miss under which nothing may be stored (P10)", async () => {
    const store = new MemoryCacheStore();
    store.failing = true;
    const miss = { kind: "forward", reason: "miss", generations: undefined };
    expect(await find(store, SEARCH)).toEqual(miss);
    expect(await find(undefined, SEARCH)).toEqual(miss);
  });

  it("hides no failure of another kind", async () => {
    const store = new MemoryCacheStore();
    const defect = new TypeError("a defect");
    store.read = () => Promise.reject(defect);
    await expect(find(store, SEARCH)).rejects.toBe(defect);
  });

  it("refuses what may only come from the store and is not there (RFC 9111 section 5.2.1.7)", async () => {
    const wishes = { ...WISHES, onlyIfCached: true };
    const store = new MemoryCacheStore();
    await expect(find(store, { ...SEARCH, wishes })).rejects.toMatchObject({
      type: "only-if-cached",
      status: 504,
    });
    await store.write("k", stored({ generations: [["tickets", ""]] }), 1000);
    expect(await find(store, { ...SEARCH, wishes })).toMatchObject({ kind: "hit" });
  });
});
