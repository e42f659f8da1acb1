import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaProblems } from "../../src/config/schema-problems.ts";

const SECRET = "s3cret-0123456789";
const schema = z.strictObject({
  port: z.number("must be a number"),
  admin: z.strictObject({ token: z.string("must be a text") }).optional(),
  keys: z.array(z.strictObject({ value: z.string("must be a text") })).optional(),
  named: z.record(z.string().regex(/^\w+$/, "letters only"), z.strictObject({})).optional(),
});

function told(document: unknown, under?: string) {
  const { error } = schema.safeParse(document);
  return schemaProblems(error?.issues ?? [], document, under);
}

describe("schemaProblems()", () => {
  it("says where, what was found and what is allowed", () => {
    expect(told({ port: "x" })).toEqual([
      { path: "port", found: '"x"', problem: "must be a number" },
    ]);
  });

  it("says what is missing and what it must be", () => {
    expect(told({})).toEqual([
      { path: "port", problem: "is missing", remedy: "It must be a number." },
    ]);
  });

  it("names each unknown setting, at the top and deeper", () => {
    const problems = told({ port: 1, prot: 2, admin: { token: "t", tokn: SECRET }, x: 1 });
    expect(problems.map(({ path }) => path).toSorted()).toEqual(["admin.tokn", "prot", "x"]);
    expect(new Set(problems.map(({ problem }) => problem))).toEqual(
      new Set(["is not a setting here"]),
    );
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });

  it("shows nothing of what stands where a collection belongs", () => {
    const document = { port: 1, admin: SECRET, keys: [SECRET], named: [SECRET] };
    const problems = told(document);
    expect(problems).toEqual([
      { path: "admin", found: "(a text)", problem: "must be a mapping of settings" },
      { path: "keys.0", found: "(a text)", problem: "must be a mapping of settings" },
      { path: "named", found: "(a list)", problem: "must be a mapping of names" },
    ]);
    expect(told(SECRET)).toEqual([
      { path: "", found: "(a text)", problem: "must be a mapping of settings" },
    ]);
  });

  it("says what is wrong with a name, and nothing of what it names", () => {
    const problems = told({ port: 1, named: { "a b": { key: SECRET } } });
    expect(problems[0]).toEqual({
      path: "named.a b",
      problem: "is not a name: letters only",
    });
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });

  it("puts the place of a part before its paths", () => {
    expect(told({ port: "x" }, "upstreams.a")[0]?.path).toBe("upstreams.a.port");
    expect(told(5, "upstreams.a")[0]?.path).toBe("upstreams.a");
  });

  it("takes an inherited name for missing", () => {
    const inherited = z.strictObject({ constructor: z.string("must be a text") });
    const { error } = inherited.safeParse({});
    expect(schemaProblems(error?.issues ?? [], {})).toEqual([
      { path: "constructor", problem: "is missing", remedy: "It must be a text." },
    ]);
  });
});
