import { describe, expect, it } from "vitest";
import { formOf, isForm, takesFormKey } from "../../src/identify/form.ts";
import { upstream } from "../support/settings.ts";

const TYPE = ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"];
const KEYED = upstream({ keys: [{ in: "form", name: "apikey", value: "sim-key" }] });
const BYTES = Buffer.from("a=1");

it("isForm() goes by the media type", () => {
  expect(isForm(TYPE)).toBe(true);
  expect(isForm(["Content-Type", "application/json"])).toBe(false);
  expect(isForm([])).toBe(false);
});

it("takesFormKey() is of the upstream's own keys", () => {
  expect([takesFormKey(KEYED), takesFormKey(upstream())]).toEqual([true, false]);
});

describe("formOf()", () => {
  it("is the body of a form, and of nothing else", () => {
    expect(formOf({ fields: TYPE, hasBody: true, form: BYTES }, KEYED)).toBe(BYTES);
    expect(formOf({ fields: [], hasBody: true, form: BYTES }, KEYED)).toBeUndefined();
  });

  it("must be whole where it may hold a key", () => {
    expect(() => formOf({ fields: TYPE, hasBody: true }, KEYED)).toThrow("limits.replayBytes");
    expect(formOf({ fields: TYPE, hasBody: true }, upstream())).toBeUndefined();
  });
});
