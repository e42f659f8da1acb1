import { expect, it } from "vitest";
import { resolveQuotas } from "../../src/config/resolve-quotas.ts";

const HOUR = { limit: 5000, window: 3_600_000, pad: 1000 };
const MINUTE = { limit: 200, window: 60_000, pad: 1000 };

it("resolveQuotas() names one alone like its upstream", () => {
  expect(resolveQuotas([MINUTE], "api")).toEqual([
    { name: "api", limit: 200, windowMs: 60_000, padMs: 1000 },
  ]);
});

it("resolveQuotas() names several by their windows, wherever they stand", () => {
  const names = (...windows: number[]) =>
    resolveQuotas(
      windows.map((window) => ({ ...MINUTE, window })),
      "api",
    ).map(({ name }) => name);
  expect(resolveQuotas([MINUTE, HOUR], "api").map(({ name }) => name)).toEqual([
    "api-1m",
    "api-1h",
  ]);
  expect(resolveQuotas([HOUR, MINUTE], "api").map(({ name }) => name)).toEqual([
    "api-1h",
    "api-1m",
  ]);
  expect(names(86_400_000, 90_000, 1500)).toEqual(["api-1d", "api-90s", "api-1500ms"]);
});
