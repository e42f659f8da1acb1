import { describe, expect, it } from "vitest";
import { helpOf, overview } from "../../src/command/help.ts";
import { EXIT } from "../../src/operate/exit.ts";
import { reload } from "../../src/command/reload.ts";

describe("overview()", () => {
  it("names each command, and each exit code with its meaning", () => {
    const text = overview([reload]);
    expect(text).toContain("reload  Has the instance");
    for (const code of Object.values(EXIT))
      expect(text).toMatch(new RegExp(`^ +${code}  \\w`, "m"));
  });
});

describe("helpOf()", () => {
  it("tells usage, options and examples", () => {
    const text = helpOf(reload);
    expect(text).toMatch(/^Usage: sluice reload\n/);
    expect(text).toMatch(/--admin URL +the instance's admin port/);
    expect(text).toContain(
      "  # look at the file, then take it over\n  sluice check && sluice reload",
    );
  });
});
