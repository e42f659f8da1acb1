import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  eachField,
  fieldLines,
  fieldValue,
  withField,
  withoutFields,
} from "../../src/http/fields.ts";

const FIELDS = ["A", "1", "b", "2", "a", "", "B", "3, 4"];

describe("fieldLines() and fieldValue()", () => {
  it.each([
    { name: "a", lines: ["1", ""], value: "1, " },
    { name: "B", lines: ["2", "3, 4"], value: "2, 3, 4" },
    { name: "c", lines: [], value: undefined },
    { name: "1", lines: [], value: undefined },
    { name: "", lines: [], value: undefined },
  ])("find $name in any letter case, in order (RFC 9110 section 5.3)", ({ name, lines, value }) => {
    expect(fieldLines(FIELDS, name)).toEqual(lines);
    expect(fieldValue(FIELDS, name)).toBe(value);
  });

  it("tell an empty field from none", () => {
    expect(fieldValue(["A", ""], "a")).toBe("");
    expect(fieldValue([], "a")).toBeUndefined();
  });
});

describe("withoutFields() and withField()", () => {
  it("ask by lower-case name and leave the rest as it was", () => {
    expect(withoutFields(FIELDS, (name) => name === "a")).toEqual(["b", "2", "B", "3, 4"]);
    expect(withField(FIELDS, "B", "x")).toEqual(["A", "1", "a", "", "B", "x"]);
    expect(withField([], "B", "x")).toEqual(["B", "x"]);
  });

  it("change nothing but the named field, in order, letter case and number", () => {
    const name = fc.constantFrom("A", "a", "Ab", "AB", "b", "");
    const line = fc.tuple(name, fc.string());
    fc.assert(
      fc.property(fc.array(line), name, fc.string(), (...given) => {
        const [lines, wanted, value] = given;
        const others = lines.filter(([other]) => other.toLowerCase() !== wanted.toLowerCase());
        expect([...eachField(lines.flat())]).toEqual(lines);
        expect(withField(lines.flat(), wanted, value)).toEqual([...others.flat(), wanted, value]);
      }),
    );
  });
});
