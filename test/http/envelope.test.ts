import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isErrorEnvelope } from "../../src/http/envelope.ts";

const MARKS = [
  { member: "error", is: true },
  { member: "success", is: false },
];

describe("isErrorEnvelope()", () => {
  it.each([
    '{"error":true}',
    '{"error":"true"}',
    '{"error":"TRUE"}',
    '{"error":1}',
    '{"error":"1"}',
    '{"ERROR":true,"data":{}}',
    '{"success":false}',
    '{"success":0}',
    '{"success":"0"}',
    '{"error":false,"success":false}',
    '{"error":true,"Error":false}',
    '{"Error":false,"error":true}',
    '{"error":false,"error":true}',
    '{"\\u0065rror":true}',
  ])("is true for %s", (body) => {
    expect(isErrorEnvelope(body, MARKS)).toBe(true);
  });

  it.each([
    "",
    "<html>",
    '{"error":false',
    "{'error':false}",
    '<br />Warning: x{"error":false}',
    "\uFEFF{}",
    "undefined",
  ])("is true for what should be JSON and cannot be read: %j", (body) => {
    expect(isErrorEnvelope(body, MARKS)).toBe(true);
  });

  it.each([
    "{}",
    '{"error":false,"success":true}',
    '{"error":0}',
    '{"error":null}',
    '{"error":{"error":true}}',
    '{"data":{"error":true}}',
    '{"errors":true}',
    '[{"error":true}]',
    '"error"',
    "true",
    "null",
    "7",
  ])("is false for %s", (body) => {
    expect(isErrorEnvelope(body, MARKS)).toBe(false);
  });

  it("judges nothing where no mark is given", () => {
    expect(isErrorEnvelope("<html>", [])).toBe(false);
  });

  it("finds a marked member whatever else the body holds", () => {
    const others = fc.dictionary(
      fc.string().filter((name) => name !== "error"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(others, others, (before, after) => {
        const entries = [...Object.entries(before), ["error", true], ...Object.entries(after)];
        const members = entries.map(
          ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
        );
        expect(isErrorEnvelope(`{${members.join(",")}}`, MARKS)).toBe(true);
      }),
    );
  });
});
