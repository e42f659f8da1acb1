import { describe, expect, it } from "vitest";
import { readWishes } from "../../src/http/reuse.ts";
import { decide, find, type Search } from "../../src/lookup/find.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";
import type { Generation } from "../../src/ports/cache-store.ts";

const NOW = 1_800_000_010_000;
const WISHES = readWishes([], true);
const SEARCH: Search = {
  key: "k",
  names: ["tickets"],
  fields: [],
  wishes: WISHES,
  liberal: false,
  now: NOW,
};

function stored(changes: Partial<StoredResponse> = {}): StoredResponse {
  return storedResponse({
    selecting: {},
    receivedAt: NOW - 1000,
    requestedAt: NOW - 1000,
    generations: [["tickets", "g1", "s1"]],
    ...changes,
  });
}

function at(name: string, hard = "g1", soft = "s1"): Generation {
  return { name, hard, soft, pending: false };
}

function look(variants: StoredResponse[], generation = "g1", search: Partial<Search> = {}) {
  return decide({ variants, generations: [at("tickets", generation)] }, { ...SEARCH, ...search });
}

describe("decide()", () => {
  it("finds what is fresh, with its age and what is left of it", () => {
    const one = stored();
    const hit = { kind: "hit", stored: one, ageMs: 1000, ttlMs: 59_000, away: false };
    expect(look([one])).toMatchObject(hit);
  });

  it("finds nothing that was stored under an older generation (P7), fresh or not", () => {
    expect(look([stored()], "g2")).toMatchObject({ kind: "forward", reason: "uri-miss" });
    expect(look([stored()], "")).toMatchObject({ kind: "forward", reason: "uri-miss" });
  });

  it("finds nothing whose generation was not asked for", () => {
    const other = stored({ generations: [["users", "g1", "s1"]] });
    expect(look([other])).toMatchObject({ reason: "uri-miss" });
  });

  it("finds nothing when one of several generations has moved on (P7)", () => {
    const both = stored({
      generations: [
        ["tickets", "g1", "s1"],
        ["users", "g1", "s1"],
      ],
    });
    const search = { ...SEARCH, names: ["tickets", "users"] };
    const found = (users: string) =>
      decide({ variants: [both], generations: [at("tickets"), at("users", users)] }, search).kind;
    expect([found("g1"), found("g2")]).toEqual(["hit", "forward"]);
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

  it("answers a Range by a stored part of just that range, or by what is whole", () => {
    const whole = stored();
    const part = stored({ status: 206, selecting: { range: "bytes=0-1" } });
    const at01 = { fields: ["Range", "bytes=0-1"] };
    expect(look([part], "g1", at01)).toMatchObject({ kind: "hit", stored: part });
    expect(look([part], "g1", { fields: ["Range", "bytes=0-2"] }).kind).toBe("forward");
    expect(look([part], "g1").kind).toBe("forward");
    expect(look([part, whole], "g1", at01)).toMatchObject({ stored: whole });
    const newer = { ...part, receivedAt: NOW };
    expect(look([newer, whole], "g1", at01)).toMatchObject({ stored: newer });
  });

  it("takes the language that is preferred for selected where it is liberal, after an exact match", () => {
    const fields = ["Content-Language", "de"];
    const german = stored({ selecting: { "accept-language": "de, en" }, fields });
    const exact = stored({ selecting: { "accept-language": "de" }, receivedAt: NOW - 2000 });
    const search = { fields: ["Accept-Language", "de"], liberal: true };
    expect(look([german], "g1", search)).toMatchObject({ kind: "hit", stored: german });
    expect(look([german, exact], "g1", search)).toMatchObject({ stored: exact });
    expect(look([german], "g1", { ...search, liberal: false }).kind).toBe("forward");
  });

  it("hands a stale one over for validation, with the generations to store under", () => {
    const old = stored({ lifetimeMs: 500 });
    expect(look([old])).toEqual({
      kind: "forward",
      reason: "stale",
      generations: [at("tickets")],
      stale: old,
    });
    const forced = { wishes: { ...WISHES, noCache: true } };
    expect(look([stored()], "g1", forced)).toMatchObject({ reason: "request" });
  });

  it("takes what is stale where the request says so by max-stale, and tells by how much", () => {
    const old = stored({ lifetimeMs: 500, overridden: false, fields: [] });
    const wishes = readWishes(["Cache-Control", "max-stale=1"], false);
    expect(look([old], "g1", { wishes })).toMatchObject({ kind: "hit", ttlMs: -500 });
    expect(look([old], "g1", { wishes, now: NOW + 600 })).toMatchObject({ reason: "stale" });
  });

  it("finds stale what was softly purged, from then on, and lets nothing call it fresh", () => {
    const one = stored();
    const found = decide(
      { variants: [one], generations: [at("tickets", "g1", "s2")] },
      { ...SEARCH, wishes: readWishes(["Cache-Control", "max-stale"], false) },
    );
    expect(found).toMatchObject({
      kind: "forward",
      reason: "stale",
      stale: { body: one.body, lifetimeMs: 999 },
    });
  });

  it("does not make young again what was stale when it was softly purged", () => {
    const old = stored({ lifetimeMs: 500 });
    const generations = [at("tickets", "g1", "s2")];
    expect(decide({ variants: [old], generations }, SEARCH)).toMatchObject({
      stale: { lifetimeMs: 500 },
    });
  });
});

describe("find()", () => {
  it("takes a store that is away for a miss under which nothing may be stored (P10)", async () => {
    const store = new MemoryCacheStore();
    store.failing = true;
    const miss = { kind: "forward", reason: "miss", generations: undefined };
    expect(await find(store, SEARCH, true)).toEqual(miss);
    expect(await find(store, SEARCH, false)).toEqual(miss);
  });

  it("answers from what this process holds while the store is away, and says so (P10)", async () => {
    const store = new MemoryCacheStore();
    const one = stored({ generations: [["tickets", "", ""]] });
    await store.write("k", one, 1000);
    expect(await find(store, SEARCH, true)).toMatchObject({ kind: "hit", away: false });
    store.failing = true;
    expect(await find(store, SEARCH, true)).toMatchObject({ kind: "hit", stored: one, away: true });
  });

  it("does not ask a store that has not heard of some write yet", async () => {
    const store = new MemoryCacheStore();
    store.read = () => Promise.reject(new TypeError("must not be asked"));
    expect(await find(store, SEARCH, false)).toMatchObject({ reason: "miss" });
  });

  it("stores nothing over what it holds stale while the store is away, but has it at hand", async () => {
    const store = new MemoryCacheStore();
    const old = stored({ lifetimeMs: 500, generations: [["tickets", "", ""]] });
    await store.write("k", old, 1000);
    await find(store, SEARCH, true);
    store.failing = true;
    expect(await find(store, SEARCH, true)).toEqual({
      kind: "forward",
      reason: "stale",
      generations: undefined,
      stale: old,
    });
  });

  it("asks for the names that the origin gave with its answer, and finds nothing once they have moved on", async () => {
    const store = new MemoryCacheStore();
    await store.bump(["api origin-group g"], "hard");
    const [now] = await store.generations(["api origin-group g"]);
    const generations = [["api origin-group g", now?.hard ?? "", ""] as const];
    await store.write("k", stored({ generations }), 1000);
    expect(await find(store, SEARCH, true)).toMatchObject({ kind: "hit" });
    await store.bump(["api origin-group g"], "hard");
    expect(await find(store, SEARCH, true)).toMatchObject({ reason: "uri-miss" });
  });

  it("reads once where nothing else is to be asked for", async () => {
    const store = new MemoryCacheStore();
    await store.write("k", stored({ generations: [["tickets", "", ""]] }), 1000);
    const { generations } = await store.read("k", ["tickets"]);
    store.read = async () => ({
      variants: [stored({ generations: [["tickets", "", ""]] })],
      generations,
    });
    store.generations = () => Promise.reject(new TypeError("must not be asked"));
    expect(await find(store, SEARCH, true)).toMatchObject({ kind: "hit" });
  });

  it("hides no failure of another kind", async () => {
    const store = new MemoryCacheStore();
    const defect = new TypeError("a defect");
    store.read = () => Promise.reject(defect);
    await expect(find(store, SEARCH, true)).rejects.toBe(defect);
  });
});
