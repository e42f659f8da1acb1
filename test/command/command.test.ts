import { describe, expect, it } from "vitest";
import { fileOf, printJson, textOf } from "../../src/command/command.ts";
import { kept } from "../support/command-line.ts";

const GIVEN = { words: [], options: { config: "a.yaml", json: true } };

describe("textOf()", () => {
  it("brings an option's text, and nothing for a switch or what was not given", () => {
    expect([textOf(GIVEN, "config"), textOf(GIVEN, "json"), textOf(GIVEN, "other")]).toEqual([
      "a.yaml",
      undefined,
      undefined,
    ]);
  });
});

describe("fileOf()", () => {
  it("is the file that was named, else the one that comes along", () => {
    expect(fileOf(GIVEN)).toBe("a.yaml");
    expect(fileOf({ words: [], options: {} })).toBe("config/sluice.yaml");
  });
});

describe("printJson()", () => {
  it("ends with the line", () => {
    const out = kept();
    printJson({ out }, { a: 1 });
    expect(out.text()).toBe('{\n  "a": 1\n}\n');
  });
});
