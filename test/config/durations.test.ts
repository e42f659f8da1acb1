import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBytes, parseDuration } from "../../src/config/durations.ts";

describe("parseDuration()", () => {
  it.each([
    ["0", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1.5s", 1500],
    [" 10 s ", 10_000],
    ["0s", 0],
  ])("reads %j", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    " ",
    "5",
    "s",
    "-1s",
    "+1s",
    "1e3s",
    "0x10s",
    "1,5s",
    ".5s",
    "1.s",
    "1s 2s",
    "1S",
    "1M",
    "5 min",
    "1sec",
    "Infinitys",
    "1toString",
    "1__proto__",
    "１s",
    "1kB",
  ])("takes %j for no duration", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("yields whole milliseconds, whatever binary fractions make of a decimal one", () => {
    expect(parseDuration("1.001s")).toBe(1001);
    expect(parseDuration("1.1s")).toBe(1100);
    const decimal = fc.tuple(fc.nat(100_000), fc.nat(999));
    fc.assert(
      fc.property(decimal, ([whole, thousandths]) => {
        const text = `${whole}.${String(thousandths).padStart(3, "0")}s`;
        expect(parseDuration(text)).toBe(whole * 1000 + thousandths);
      }),
    );
  });
});

describe("parseBytes()", () => {
  it.each([
    ["0", 0],
    ["512B", 512],
    ["64kB", 64_000],
    ["10MB", 10_000_000],
    ["1GB", 1_000_000_000],
    ["1KiB", 1024],
    ["1.5MiB", 1_572_864],
  ])("reads %j", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(["64", "64k", "64KB", "64Mb", "1 000B", "-1B", "1s", "1valueOf"])(
    "takes %j for no size",
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );
});
