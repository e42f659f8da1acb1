import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { departuresOfStory, pictures } from "./draw-pictures.ts";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";
import { worstWindow } from "../support/ledger-world.ts";

/** How many of the instants lie in the minute before `at`. */
function within(some: readonly number[], at: number): number {
  return some.filter((one) => one > at - 60_000 && one <= at).length;
}

describe("docs/pictures/", () => {
  it.each(Object.entries(pictures()))("%s is what npm run docs draws", (file, svg) => {
    expect(repositoryFile(`docs/pictures/${file}`)).toBe(svg);
  });

  it("has a text for whoever does not see them", () => {
    const drawn = readdirSync(repositoryPath("docs/pictures")).filter((name) =>
      name.endsWith(".svg"),
    );
    for (const file of drawn) {
      expect(repositoryFile(`docs/pictures/${file}`)).toMatch(
        /<title>.+<\/title>\n<desc>.+<\/desc>/,
      );
    }
  });

  it("shows what the rule does: the limit kept, halves within a window, silence in the pause", () => {
    const { reports, portal } = departuresOfStory();
    const all = [...reports, ...portal].toSorted((a, b) => a - b);
    expect(worstWindow(all, 60_000)).toBeLessThanOrEqual(200);
    expect(within(portal, 200_000)).toBeGreaterThan(95);
    expect(all.filter((at) => at > 241_000 && at < 259_000)).toEqual([]);
  });
});
