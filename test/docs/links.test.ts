import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(repositoryPath("docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Targets of links and pictures that stay in the repository. */
function linksOf(text: string): string[] {
  const found = text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\(([^)\s]+)\)/g);
  return [...found].map(([, target = ""]) => target).filter((target) => !target.includes("://"));
}

describe("the documents", () => {
  it.each(PAGES)("%s links to what exists", (page) => {
    const broken = linksOf(repositoryFile(page)).filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!existsSync(repositoryPath(file))) return true;
      return anchor !== undefined && !anchorsOf(repositoryFile(file)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("are all within reach of docs/README.md, decisions aside", () => {
    const index = new Set(
      linksOf(repositoryFile("docs/README.md")).map((target) => join("docs", target)),
    );
    const pages = PAGES.filter((page) => page.startsWith("docs/") && !page.includes("decisions/"));
    const unlisted = pages.filter(
      (page) =>
        page !== "docs/README.md" &&
        ![...index].some(
          (one) =>
            relative(one, page) === "" ||
            (one.endsWith("/") && page.startsWith(one)) ||
            join(one, "README.md") === page,
        ),
    );
    expect(unlisted).toEqual([]);
  });
});
