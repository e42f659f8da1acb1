import { describe, expect, it } from "vitest";
import { questionOf } from "../../src/legs/question.ts";
import { cachePolicy, route } from "../support/settings.ts";
import { Workbench } from "../support/workbench.ts";

const POLICY = cachePolicy({ mediaTypes: ["application/json"] });

function asked(fields: readonly string[] = [], mayForce = false) {
  return new Workbench().exchange({ fields, mayForce, route: { groups: ["tickets"] } }).asked;
}

function keyOf(fields: readonly string[]): string {
  return questionOf(asked(fields), fields, POLICY).search.key;
}

describe("questionOf()", () => {
  it("asks with what may be shared, under names that writes and purges bump", () => {
    const fields = ["Cookie", "a=b", "Accept-Language", "de"];
    const { outbound, search } = questionOf(asked(fields), fields, POLICY);
    expect(outbound.target).toBe("/api/x");
    expect(outbound.fields.join()).not.toContain("a=b");
    expect(search.names).toEqual([
      "api path /x",
      "api prefix /",
      "api prefix /x",
      "api group tickets",
      "api origin-groups",
    ]);
  });

  it("has one key for those whom the upstream cannot tell apart, and another for others", () => {
    expect(keyOf(["User-Agent", "one"])).toBe(keyOf(["User-Agent", "two"]));
    expect(keyOf(["Accept-Language", "de"])).not.toBe(keyOf(["Accept-Language", "fr"]));
  });

  it("hears no-cache of those alone who may force the upstream", () => {
    const fields = ["Cache-Control", "no-cache"];
    const wishes = (mayForce: boolean) =>
      questionOf({ ...asked(fields, mayForce), route: route() }, fields, POLICY).search.wishes;
    expect([wishes(true).noCache, wishes(false).noCache]).toEqual([true, false]);
  });
});
