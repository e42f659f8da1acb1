import { describe, expect, it } from "vitest";
import { fixedBounds } from "../../src/reference/fixed-bounds.ts";
import { repositoryFile } from "../deploy/repository-file.ts";

describe("fixedBounds", () => {
  it.each([...fixedBounds])("name a test that reaches them: $what", ({ file, test }) => {
    expect(repositoryFile(`test/${file}`)).toContain(`"${test}`);
  });
});
