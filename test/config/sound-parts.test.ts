import { describe, expect, it } from "vitest";
import { faultyParts, soundParts } from "../../src/config/sound-parts.ts";

describe("faultyParts()", () => {
  it("names sections, and of upstreams and consumers the member, each once", () => {
    expect(
      faultyParts([
        ["admin", "port"],
        ["admin", "host"],
        ["upstreams", "api", "quotas", 0],
        ["upstreams"],
        ["consumers", "sync", "key"],
        ["unknown"],
      ]),
    ).toEqual(["admin", "upstreams.api", "upstreams", "consumers.sync", "unknown"]);
  });
});

describe("soundParts()", () => {
  it("leaves these out, and the document as it was", () => {
    const document = { admin: { port: "x" }, upstreams: { "a.b": 1, c: 2 }, open: true };
    expect(soundParts(document, ["admin", "upstreams.a.b", "nothing"])).toEqual({
      upstreams: { c: 2 },
      open: true,
    });
    expect(document.admin).toEqual({ port: "x" });
  });

  it.each([null, "text", 7])("leaves %j as it is", (document) => {
    expect(soundParts(document, [""])).toBe(document);
  });
});
