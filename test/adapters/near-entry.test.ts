import { describe, expect, it } from "vitest";
import { digest } from "../../src/adapters/digest.ts";
import { bytesOf, toEntry } from "../../src/adapters/near-entry.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { Generation } from "../../src/ports/cache-store.ts";

const current: Generation = { name: "tickets", hard: "h1", soft: "s1", pending: false };

describe("toEntry()", () => {
  it("hangs an entry on its key, the names asked for and the variants' own", () => {
    const variants = [storedResponse({ generations: [["group", "h", "s"]] })];
    const entry = toEntry("key", { variants, generations: [current] }, 5);
    expect(entry?.tags).toEqual(["key", "tickets", "group"].map(digest));
    expect(entry?.byName.get("tickets")).toBe(current);
    expect(entry?.since).toBe(5);
  });

  it.each([
    ["there is no variant", [], current],
    ["a write is under way", [storedResponse()], { ...current, pending: true }],
    ["no variant counts", [storedResponse()], { ...current, hard: "h2" }],
  ])("makes none, when %s", (_, variants, generation) => {
    expect(toEntry("key", { variants, generations: [generation] }, 0)).toBeUndefined();
  });

  it("makes one of a response that is merely stale, and of one whose names were not asked for", () => {
    const variants = [storedResponse()];
    const soft = { variants, generations: [{ ...current, soft: "s2" }] };
    expect(toEntry("key", soft, 0)).toBeDefined();
    expect(toEntry("key", { variants, generations: [] }, 0)).toBeDefined();
  });
});

function bytes(length: number, selecting = {}): number {
  const variants = [storedResponse({ body: new Uint8Array(length), selecting })];
  const entry = toEntry("key", { variants, generations: [] }, 0);
  return entry ? bytesOf(entry) : 0;
}

describe("bytesOf()", () => {
  it("counts bodies, with their codings, fields, and what selected them", () => {
    expect(bytes(5000) - bytes(1000)).toBe(2 * 4000);
    expect(bytes(0, { "accept-language": "x".repeat(9000) }) - bytes(0)).toBe(9000);
    expect(bytes(0)).toBeGreaterThan(1000);
  });
});
