import { describe, expect, it } from "vitest";
import { originFields, requestFields } from "../../src/reference/fields-read.ts";
import { repositoryFile } from "../deploy/repository-file.ts";

describe.each([
  ["requests", requestFields],
  ["the API's answers", originFields],
] as const)("the fields that are read in %s", (_where, uses) => {
  it.each(uses.map(({ name, source }) => [name, source] as const))(
    "have %s where src/%s decides on it",
    (name, source) => {
      expect(repositoryFile(`src/${source}`).toLowerCase()).toContain(name.toLowerCase());
    },
  );
});
