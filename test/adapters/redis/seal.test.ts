import { describe, expect, it } from "vitest";
import { areSame, sealOf } from "../../../src/adapters/redis/seal.ts";

/** An entry: written at, kept until, a record. */
function entry(writtenAt: number, keptUntil: number, record = "SLR2crc4and the rest"): Buffer {
  const stamps = Buffer.alloc(16);
  stamps.writeDoubleBE(writtenAt);
  stamps.writeDoubleBE(keptUntil, 8);
  return Buffer.concat([stamps, Buffer.from(record)]);
}

describe("sealOf()", () => {
  const seal = sealOf({ v1: entry(1, 100), v2: entry(2, 100) }, 50);

  it("is the same for the same", () => {
    expect(sealOf({ v1: entry(1, 100), v2: entry(2, 100) }, 99)).toBe(seal);
  });

  it.each([
    ["a variant more", { v1: entry(1, 100), v2: entry(2, 100), v3: entry(2, 100) }],
    ["a variant less", { v1: entry(1, 100) }],
    ["another variant", { v1: entry(1, 100), v3: entry(2, 100) }],
    ["one that was written again", { v1: entry(3, 100), v2: entry(2, 100) }],
    ["one that is kept longer", { v1: entry(1, 101), v2: entry(2, 100) }],
    ["another checksum", { v1: entry(1, 100, "SLR2crc5and the rest"), v2: entry(2, 100) }],
    ["another length", { v1: entry(1, 100, "SLR2crc4and the res"), v2: entry(2, 100) }],
  ])("is another with %s", (_what, entries) => {
    expect(sealOf(entries, 50)).toBeDefined();
    expect(sealOf(entries, 50)).not.toBe(seal);
  });

  it.each([
    ["nothing", {}],
    ["one that has ended", { v1: entry(1, 100), v2: entry(1, 50) }],
    ["what is no entry", { v1: Buffer.from("short") }],
  ])("is none of %s", (_what, entries) => {
    expect(sealOf(entries, 50)).toBeUndefined();
  });
});

describe("areSame()", () => {
  const one = { name: "n", hard: "h", soft: "s", pending: false };

  it.each([
    [[one], [one], true],
    [[], [], true],
    [[one], [one, one], false],
    [[one], [{ ...one, hard: "x" }], false],
    [[one], [{ ...one, soft: "x" }], false],
    [[one], [{ ...one, pending: true }], false],
  ])("compares all tokens of %j and %j: %s", (some, others, same) => {
    expect(areSame(some, others)).toBe(same);
  });
});
