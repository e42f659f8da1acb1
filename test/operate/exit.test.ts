import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/problems.ts";
import { CommandFault, EXIT, exitCodeOf, startText } from "../../src/operate/exit.ts";
import { StoreFault } from "../../src/ports/faults.ts";

const PROBLEM = { path: "listen.port", problem: "is no port" };

describe("exitCodeOf()", () => {
  it("tells a faulty configuration, a store that does not answer and the rest apart", () => {
    const errors = [new ConfigError("a.yaml", [PROBLEM]), new StoreFault("away"), new Error("odd")];
    expect(errors.map(exitCodeOf)).toEqual([78, 69, 1]);
  });

  it("is what a command's fault says", () => {
    expect(exitCodeOf(new CommandFault("forbidden", "No token."))).toBe(77);
    expect(startText(new CommandFault("forbidden", "No token."))).toBe("No token.");
    expect(new Set(Object.values(EXIT)).size).toBe(Object.values(EXIT).length);
  });
});

describe("startText()", () => {
  it("says what to do about a configuration, a port that is taken and a store that is away", () => {
    expect(startText(new ConfigError("a.yaml", [PROBLEM]))).toContain("listen.port");
    const taken = Object.assign(new Error("listen EADDRINUSE"), { code: "EADDRINUSE" });
    expect(startText(taken)).toContain("SLUICE_PORT");
    expect(startText(new StoreFault("away"))).toMatch(/^away\n.*REDIS_URL/);
  });
});
