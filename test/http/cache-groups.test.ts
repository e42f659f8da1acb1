import { describe, expect, it } from "vitest";
import { cacheGroups, invalidatedGroups } from "../../src/http/cache-groups.ts";

describe("cacheGroups()", () => {
  it.each([
    [[], []],
    [["Cache-Groups", ""], []],
    [
      ["cache-groups", '"a", "b c"'],
      ["a", "b c"],
    ],
    [
      ["Cache-Groups", '"a"', "Cache-Groups", '"b", "a"'],
      ["a", "b"],
    ],
    [
      ["Cache-Groups", '"a";x=1, "A"'],
      ["a", "A"],
    ],
    [["Cache-Groups", 'token, "a", 5, ("b" "c"), ?1, :YQ==:'], ["a"]],
    [["Cache-Groups", '"a", "b'], []],
    [["Cache-Groups", "'a'"], []],
    [["Cache-Group-Invalidation", '"a"'], []],
  ])("of %j are %j (RFC 9875 section 2)", (fields, groups) => {
    expect(cacheGroups(fields)).toEqual(groups);
  });

  it("are at most 128", () => {
    const many = Array.from({ length: 200 }, (_, index) => `"g${index}"`).join(", ");
    const groups = cacheGroups(["Cache-Groups", many]);
    expect([groups.length, groups[127]]).toEqual([128, "g127"]);
  });
});

describe("invalidatedGroups()", () => {
  const fields = ["Cache-Group-Invalidation", '"a", "b"', "Cache-Groups", '"c"'];

  it.each(["POST", "PUT", "DELETE", "M-SEARCH"])("of an answer to %s are those named", (method) => {
    expect(invalidatedGroups(method, fields)).toEqual(["a", "b"]);
  });

  it.each(["GET", "HEAD", "OPTIONS"])(
    "of an answer to %s are none (RFC 9875 section 3)",
    (method) => {
      expect(invalidatedGroups(method, fields)).toEqual([]);
    },
  );
});
