import { describe, expect, it } from "vitest";
import { mayAsk } from "../../src/identify/may-ask.ts";

const READS = { allow: [{ methods: ["GET"], path: "/public/*" }] };

describe("mayAsk()", () => {
  it("allows everything without a list, and what the list covers with one", () => {
    expect(mayAsk({ allow: [] }, "DELETE", "/anything")).toBe(true);
    expect(mayAsk(READS, "GET", "/public/1")).toBe(true);
    expect(mayAsk(READS, "PUT", "/public/1")).toBe(false);
    expect(mayAsk(READS, "GET", "/private/1")).toBe(false);
  });

  it("reads an encoded slash both as a slash and as none", () => {
    expect(mayAsk(READS, "GET", "/public/a%2Fb")).toBe(false);
    expect(mayAsk(READS, "GET", "/public%2Fa")).toBe(false);
    const deep = { allow: [{ methods: ["GET"], path: "/projects/:id/**" }] };
    expect(mayAsk(deep, "GET", "/projects/group%2Fname/issues")).toBe(true);
  });
});
