import { describe, expect, it } from "vitest";
import { fieldLines } from "../../src/http/fields.ts";
import { Problem, problemTypes, type ProblemType } from "../../src/http/problem.ts";
import { answerFromProblem, answerFromStored, asProblem } from "../../src/respond/answer.ts";
import { storedResponse } from "../support/stored-response.ts";

describe("answerFromStored()", () => {
  it("adds Age, the entity tag, and private where the origin said nothing of caching", () => {
    const stored = storedResponse({ fields: ["Content-Type", "application/json"] });
    const { status, fields, body } = answerFromStored(stored, [], 2999);
    expect([status, body]).toEqual([200, stored.body]);
    expect(fields).toEqual([
      "Content-Type",
      "application/json",
      "Age",
      "2",
      "ETag",
      '"abc"',
      "Cache-Control",
      "private",
    ]);
  });

  it("never widens what the origin said, and leaves its tag and its age as they came", () => {
    const fields = ["Cache-Control", "no-store, private", "ETag", '"o"', "Age", "7"];
    const stored = storedResponse({ fields, overridden: true });
    expect(answerFromStored(stored, [], undefined).fields).toEqual(fields);
  });

  it("answers 304 without the body's fields where the client has it (RFC 9110 section 15.4.5)", () => {
    const fields = ["Content-Type", "application/json", "Vary", "Accept", "Last-Modified", "x"];
    const conditional = ["If-None-Match", 'W/"abc"'];
    const answer = answerFromStored(storedResponse({ fields }), conditional, 0);
    expect([answer.status, answer.body]).toEqual([304, null]);
    expect(fieldLines(answer.fields, "content-type")).toEqual([]);
    expect(fieldLines(answer.fields, "last-modified")).toEqual([]);
    expect(fieldLines(answer.fields, "vary")).toEqual(["Accept"]);
    expect(fieldLines(answer.fields, "etag")).toEqual(['"abc"']);
  });
});

describe("answerFromProblem()", () => {
  it.each(Object.entries(problemTypes))("tells of %s in a problem document", (type, { status }) => {
    const problem = new Problem(type as ProblemType, {
      detail: "What happened, and what to do.",
      operatorNote: "for the log alone",
      members: { place: 3 },
    });
    const answer = answerFromProblem(problem, 'id "1"');
    expect(answer.status).toBe(status);
    expect(fieldLines(answer.fields, "content-type")).toEqual(["application/problem+json"]);
    expect(fieldLines(answer.fields, "cache-control")).toEqual(["no-store"]);
    expect(fieldLines(answer.fields, "www-authenticate")).toHaveLength(Number(status === 401));
    const text = Buffer.from(answer.body).toString();
    expect(text).not.toContain("for the log alone");
    expect(JSON.parse(text)).toMatchObject({
      type: `urn:sluice:problem:${type}`,
      status,
      detail: "What happened, and what to do.",
      instance: "urn:sluice:exchange:id%20%221%22",
      place: 3,
    });
  });

  it("says when to come back, in whole seconds", () => {
    const problem = new Problem("queue-full", { detail: "", retryAfterSeconds: 7 });
    expect(fieldLines(answerFromProblem(problem, "r").fields, "retry-after")).toEqual(["7"]);
  });
});

describe("asProblem()", () => {
  it("keeps a problem, and shows the client nothing of what nobody foresaw", () => {
    const problem = new Problem("draining", { detail: "" });
    expect(asProblem(problem)).toBe(problem);
    const unforeseen = asProblem(new TypeError("at /srv/secret.ts"));
    expect(unforeseen).toMatchObject({ type: "internal", status: 500 });
    expect(unforeseen.details.detail).not.toContain("secret");
    expect(unforeseen.details.operatorNote).toContain("secret");
  });
});
