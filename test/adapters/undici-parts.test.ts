import undici from "undici";
import { describe, expect, it } from "vitest";
import { Agent, errors, proxyAgentClass } from "../../src/adapters/undici-parts.ts";

describe("the parts of undici", () => {
  it("are those that its index has", () => {
    expect(Agent).toBe(undici.Agent);
    expect(proxyAgentClass()).toBe(undici.ProxyAgent);
    expect(errors).toBe(undici.errors);
  });
});
