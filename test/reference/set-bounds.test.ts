import { describe, expect, it } from "vitest";
import { atBounds } from "../../src/reference/set-bounds.ts";
import { boundOf, settings } from "../../src/reference/settings.ts";
import { repositoryFile } from "../deploy/repository-file.ts";

describe("atBounds", () => {
  it("speaks of settings that are bounded", () => {
    const bounded = settings().filter((setting) => boundOf(setting) !== undefined);
    const paths = new Set(bounded.map(({ path }) => path));
    expect(Object.keys(atBounds).filter((path) => !paths.has(path))).toEqual([]);
  });

  it.each(Object.entries(atBounds))("names a test that reaches %s", (_path, { file, test }) => {
    expect(repositoryFile(`test/${file}`)).toContain(`"${test}`);
  });
});
