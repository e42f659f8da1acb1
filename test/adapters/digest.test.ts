import { expect, it } from "vitest";
import { digest } from "../../src/adapters/digest.ts";

it("digest() tells texts apart and holds nothing of them", () => {
  expect(digest("a")).toMatch(/^[0-9a-f]{64}$/);
  expect(digest("a")).toBe(digest("a"));
  expect(digest("\u00e4")).not.toBe(digest("a"));
});
