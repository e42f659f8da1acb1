import { describe, expect, it } from "vitest";
import { fieldChecks } from "../../src/config/field-checks.ts";
import { upstream } from "../support/settings.ts";

describe("fieldChecks()", () => {
  it("lets fields pass that say something of the request", () => {
    const passFields = ["x-tenant", "cookie", "origin"];
    expect(fieldChecks(upstream({ passFields, varyFields: ["x-b", "*"] }))).toEqual([]);
    expect(fieldChecks(upstream({ varyFields: ["authorization"] }))).toEqual([]);
  });

  it("refuses a field that is told apart by the key and by Vary", () => {
    const fields = { passFields: ["x-tenant"], varyFields: ["x-tenant"] };
    expect(fieldChecks(upstream(fields))).toMatchObject([
      { path: "upstreams.api.varyFields", found: "x-tenant" },
    ]);
  });

  it.each(["x tenant", "x-a, x-b", "x-a:", "é"])("refuses %j, which names no field", (found) => {
    const problem = "is no name of a field";
    expect(fieldChecks(upstream({ passFields: [found] }))).toMatchObject([
      { path: "upstreams.api.passFields", found, problem },
    ]);
    expect(fieldChecks(upstream({ varyFields: [found] }))).toMatchObject([
      { path: "upstreams.api.varyFields", found, problem },
    ]);
  });

  it.each([
    ["*", "stands for all fields in varyFields alone"],
    ["connection", "is of one connection and never passes"],
    ["transfer-encoding", "is of one connection and never passes"],
    ["host", "is what Sluice says itself"],
    ["content-length", "is what Sluice says itself"],
    // A coding that Sluice cannot undo would hide an echoed key (P9).
    ["accept-encoding", "is what Sluice says itself"],
    ["range", "is answered from what is stored, and passes by itself elsewhere"],
    ["if-none-match", "is answered from what is stored, and passes by itself elsewhere"],
    ["authorization", "is a credential, of which none is part of the cache key"],
  ])("refuses %s among passFields, since it %s", (found, problem) => {
    expect(fieldChecks(upstream({ passFields: ["x-a", found] }))).toMatchObject([
      { path: "upstreams.api.passFields", found, problem },
    ]);
  });
});
