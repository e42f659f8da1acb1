import { describe, expect, it } from "vitest";
import { settingTexts } from "../../src/config/setting-texts.ts";
import { settings } from "../../src/reference/settings.ts";

describe("settingTexts", () => {
  it("speaks of settings that exist", () => {
    const paths = new Set(settings().map(({ path }) => path));
    expect(Object.keys(settingTexts).filter((path) => !paths.has(path))).toEqual([]);
  });

  it("says more than the name: sentences that end", () => {
    const short = Object.entries(settingTexts).filter(
      ([, text]) => text.length < 20 || !text.endsWith("."),
    );
    expect(short).toEqual([]);
  });
});
