import { describe, expect, it } from "vitest";
import { readAnswer, subjectOf, versionIn } from "./read-answer.ts";

const PROBLEM = {
  type: "urn:sluice:problem:deadline-passed",
  title: "No room",
  status: 429,
  detail: "The quota had no room.",
};

function problem(changes: object, fields: Record<string, string> = {}) {
  const head = { "content-type": "application/problem+json", "retry-after": "3", ...fields };
  return readAnswer({
    status: 429,
    fields: head,
    text: JSON.stringify({ ...PROBLEM, ...changes }),
  });
}

describe("readAnswer()", () => {
  it("tells what the body says that it is, and by which write", () => {
    const text = JSON.stringify({ ticket: { id: 5, subject: subjectOf(12) } });
    const fields = { "cache-status": "sluice;hit;ttl=9;detail=store-away" };
    expect(readAnswer({ status: 200, fields, text })).toEqual({
      kind: "answer",
      status: 200,
      told: { kind: "ticket", id: 5, version: 12 },
      fromStore: true,
      away: true,
    });
  });

  it("takes what was never written to as write 0, and a forward as not from store", () => {
    const text = JSON.stringify({ invoice: { id: 2 } });
    const fields = { "cache-status": "sluice;fwd=uri-miss;stored" };
    const told = { kind: "invoice", id: 2, version: 0 };
    const read = readAnswer({ status: 200, fields, text });
    expect(read).toMatchObject({ told, fromStore: false, away: false });
  });

  it.each(["", "{", "[]", "{}", '{"ticket":{"id":"5"}}', '{"ticket":null}'])(
    "tells nothing of the body %j",
    (text) => {
      expect(readAnswer({ status: 200, fields: {}, text })).not.toHaveProperty("told");
    },
  );

  it("finds nothing wrong with a whole problem document", () => {
    expect(problem({})).toEqual({ kind: "problem", status: 429, type: "deadline-passed" });
  });

  it.each([
    { name: "a type of nobody's", changes: { type: "about:blank" }, flaw: /type/ },
    { name: "another status", changes: { status: 503 }, flaw: /503 under 429/ },
    { name: "no title", changes: { title: "" }, flaw: /no title/ },
    { name: "no detail", changes: { detail: undefined }, flaw: /no detail/ },
  ])("finds $name", ({ changes, flaw }) => {
    expect(problem(changes)).toMatchObject({ flaw: expect.stringMatching(flaw) });
  });

  it("finds a Retry-After that is no whole number, and a 429 without one", () => {
    expect(problem({}, { "retry-after": "2.5" })).toMatchObject({ flaw: "Retry-After: 2.5" });
    const fields = { "content-type": "application/problem+json" };
    const read = readAnswer({ status: 429, fields, text: JSON.stringify(PROBLEM) });
    expect(read).toMatchObject({ flaw: "429 without Retry-After" });
  });

  it("finds a document that is none", () => {
    const fields = { "content-type": "application/problem+json" };
    const read = readAnswer({ status: 503, fields, text: "oh no" });
    expect(read).toMatchObject({ flaw: "the document is no JSON object" });
  });
});

describe("versionIn()", () => {
  it("finds the number of a write in whatever it was sent in", () => {
    expect(versionIn(JSON.stringify({ subject: subjectOf(31) }))).toBe(31);
    expect(versionIn('{"subject":"Ticket 31"}')).toBeUndefined();
  });
});
