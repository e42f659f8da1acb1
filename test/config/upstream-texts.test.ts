import { describe, expect, it } from "vitest";
import { settingTexts } from "../../src/config/setting-texts.ts";
import { upstreamTexts } from "../../src/config/upstream-texts.ts";

describe("upstreamTexts", () => {
  it("are all among the texts of the settings, below an upstream's name", () => {
    const below = Object.entries(upstreamTexts).map(([path, text]) => [
      `upstreams.NAME.${path}`,
      text,
    ]);
    expect(Object.entries(settingTexts)).toEqual(expect.arrayContaining(below));
  });
});
