import { expect, it } from "vitest";
import { BOUNDS, COMMAND_MS, retryDelayMs } from "../../../src/adapters/redis/manner.ts";

it("retryDelayMs() grows to a fifth of a second, and no further", () => {
  expect([1, 2, 4, 5, 1000].map(retryDelayMs)).toEqual([50, 100, 200, 200, 200]);
});

it("BOUNDS let no command last longer than half a second, nor be sent again", () => {
  expect(BOUNDS).toMatchObject({ commandTimeout: COMMAND_MS, maxRetriesPerRequest: 0 });
  expect(COMMAND_MS).toBe(500);
});
