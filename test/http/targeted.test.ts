import { describe, expect, it } from "vitest";
import { targetedDirectives } from "../../src/http/targeted.ts";

function read(fields: string[]): Record<string, string> | undefined {
  const directives = targetedDirectives(fields);
  return directives && Object.fromEntries(directives);
}

describe("targetedDirectives()", () => {
  it.each([
    { value: "max-age=60, private", directives: { "max-age": "60", private: "" } },
    { value: "max-age=60;a=1;b, public;c", directives: { "max-age": "60", public: "" } },
    { value: "max-age=99999999999", directives: { "max-age": "2147483648" } },
    { value: "max-age=-5", directives: { "max-age": "-5" } },
    { value: 'max-age="60", no-store', directives: { "no-store": "" } },
    { value: "max-age=1.5, max-age", directives: {} },
    { value: "no-store=?0, public=?0, must-revalidate=1", directives: {} },
    {
      value: 'private="a", no-cache=(a b), no-store=1',
      directives: { private: "", "no-cache": "", "no-store": "" },
    },
    { value: "foobar, max-age=1", directives: { foobar: "", "max-age": "1" } },
    { value: "max-age=1, max-age=2", directives: { "max-age": "2" } },
  ])("reads $value as $directives (RFC 9213 section 2.1)", ({ value, directives }) => {
    expect(read(["CDN-Cache-Control", value])).toEqual(directives);
  });

  it.each([
    "",
    "  ",
    "Max-Age=60",
    "max-age=60, &&&&&",
    "max-age =60",
    "max-age= 60",
    "max-age=60,",
    "max-age=9999999999999999",
  ])("ignores %j, which is empty or does not parse (RFC 9213 section 2.1)", (value) => {
    expect(read(["CDN-Cache-Control", value])).toBeUndefined();
  });

  it("joins lines, whatever their case", () => {
    const lines = ["cdn-cache-control", "max-age=1", "CDN-CACHE-CONTROL", "public"];
    expect(read(lines)).toEqual({ "max-age": "1", public: "" });
  });

  it("prefers the field that names Sluice, where it can be read (RFC 9213 section 2.2)", () => {
    const cdn = ["CDN-Cache-Control", "max-age=1"];
    expect(read([...cdn, "Sluice-Cache-Control", "max-age=2"])).toEqual({ "max-age": "2" });
    expect(read([...cdn, "Sluice-Cache-Control", "max-age=!"])).toEqual({ "max-age": "1" });
  });

  it("says nothing where there is no such field", () => {
    expect(read(["Cache-Control", "max-age=1", "Surrogate-Control", "max-age=1"])).toBeUndefined();
  });
});
