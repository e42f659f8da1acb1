import { describe, expect, it } from "vitest";
import { lookOperations, probeOperations } from "../../src/operate/look-operations.ts";

describe("lookOperations", () => {
  it("needs the full token for none", () => {
    expect(lookOperations.every(({ role }) => role === "read")).toBe(true);
  });
});

describe("probeOperations", () => {
  it("needs no token", () => {
    expect(probeOperations.every(({ role }) => role === "anyone")).toBe(true);
  });
});
