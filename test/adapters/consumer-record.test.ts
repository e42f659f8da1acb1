import { describe, expect, it } from "vitest";
import { readConsumer, writeConsumer } from "../../src/adapters/consumer-record.ts";
import { storedConsumer } from "../support/memory-consumers.ts";

const WHOLE = storedConsumer("sync", { maxWaitMs: 5000, cap: { limit: 60, windowMs: 60_000 } });

function spoiled(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(writeConsumer(WHOLE)) as object), ...changes });
}

describe("readConsumer()", () => {
  it("reads what writeConsumer() wrote", () => {
    expect(readConsumer("sync", writeConsumer(WHOLE))).toEqual(WHOLE);
  });

  it.each([
    ["another format", { format: 2 }],
    ["another's name", { name: "other" }],
    ["no key", { keys: [] }],
    ["a key that is no digest", { keys: [{ digest: "secret" }] }],
    ["an end that is no instant", { keys: [{ digest: "0".repeat(64), untilAt: "never" }] }],
    ["no share", { weight: 0 }],
    ["a share without end", { weight: 1e9 }],
    ["an unknown member", { admin: true }],
    ["an allow-list that is a text", { allow: "GET /**" }],
    ["an allow-list that would mean everything", { allow: null }],
    ["enabled in words", { enabled: "no" }],
    ["a cap of nothing", { cap: { limit: 0, windowMs: 60_000 } }],
  ])("takes an entry with %s for damaged", (_what, changes) => {
    expect(readConsumer("sync", spoiled({}))).toEqual(WHOLE);
    expect(readConsumer("sync", spoiled(changes))).toBeUndefined();
  });

  it.each(["", "{", "null", "[]", "1"])("takes %j for damaged", (text) => {
    expect(readConsumer("sync", text)).toBeUndefined();
  });
});
