import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { render } from "../../src/reference/page.ts";
import { referencePages } from "../../src/reference/write-reference.ts";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";

describe("docs/reference/", () => {
  it.each(referencePages().map((page) => [page.file, page] as const))(
    "%s is what npm run docs writes",
    (file, page) => {
      expect(repositoryFile(`docs/reference/${file}`)).toBe(render(page));
    },
  );

  it("holds no page that the command does not write", () => {
    const files = readdirSync(repositoryPath("docs/reference"));
    const written = referencePages().map(({ file }) => file);
    expect(files.toSorted()).toEqual(written.toSorted());
  });
});
