import { describe, expect, it } from "vitest";
import { object, text } from "../../src/operate/operation.ts";

describe("object()", () => {
  it("has these members and no others", () => {
    expect(object({ a: text("A text.") }, ["a"])).toEqual({
      type: "object",
      additionalProperties: false,
      properties: { a: { type: "string", description: "A text." } },
      required: ["a"],
    });
  });
});

describe("text()", () => {
  it("says what it is", () => {
    expect(text("A name.")).toEqual({ type: "string", description: "A name." });
  });
});
