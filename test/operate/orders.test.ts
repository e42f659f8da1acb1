import { describe, expect, it } from "vitest";
import { readPurge, readWarm, type Known } from "../../src/operate/orders.ts";

const routes = [{ groups: ["tickets", "a"] }, { groups: ["tickets"] }];
const KNOWN: Known = { upstreams: [{ name: "api", mount: "/api", routes }], consumers: ["sync"] };

function refusal(read: object): unknown {
  return "refused" in read && read.refused;
}

describe("readPurge()", () => {
  it.each([
    { body: { url: "/ticket/5?full=1" }, order: { by: "url", path: "/ticket/5" } },
    { body: { url: "http://gate/api/ticket/5/" }, order: { by: "url", path: "/ticket/5" } },
    { body: { prefix: "/ticket/" }, order: { by: "prefix", prefix: "/ticket" } },
    { body: { prefix: "/" }, order: { by: "prefix", prefix: "/" } },
    { body: { group: "tickets" }, order: { by: "group", group: "tickets" } },
    { body: { everything: true, upstream: "api" }, order: { by: "everything" } },
  ])("reads $body", ({ body, order }) => {
    const read = { order: { upstream: "api", ...order }, kind: "hard" };
    expect(readPurge(body, KNOWN)).toMatchObject(read);
    expect(readPurge({ ...body, soft: true }, KNOWN)).toMatchObject({ ...read, kind: "soft" });
  });

  it("says what it covers as clients see it, the queries included", () => {
    const read = readPurge({ url: "/ticket/5?full=1" }, KNOWN);
    expect("covers" in read && read.covers).toMatch(
      /^What is stored of \/api\/ticket\/5, .*any query/,
    );
    const prefix = readPurge({ prefix: "/ticket" }, KNOWN);
    expect("covers" in prefix && prefix.covers).toContain("below /api/ticket/");
  });

  it.each([
    { body: undefined, why: "JSON object" },
    { body: [], why: "JSON object" },
    { body: {}, why: "exactly one of" },
    { body: { url: "/a", group: "b" }, why: "exactly one of" },
    { body: { everything: false }, why: '"everything" must be true' },
    { body: { everything: "true" }, why: '"everything" must be true' },
    { body: { url: 5 }, why: '"url" must be a text' },
    { body: { group: "" }, why: '"group" must be a text' },
    { body: { group: "tikets" }, why: 'group "tikets". Groups of api: tickets, a.' },
    { body: { url: "/a", soft: "yes" }, why: '"soft" must be' },
    { body: { url: "/a", upstream: 1 }, why: '"upstream" must be' },
    { body: { group: "a", upstream: "other" }, why: "No upstream is" },
    { body: { everything: true, upstream: "other" }, why: "No upstream is" },
    { body: { url: "/a", sofft: true }, why: 'Not known: "sofft"' },
    { body: { prefix: "/a?b" }, why: "no query" },
    { body: { prefix: "/1/2/3/4/5/6/7/8/9" }, why: "8 segments" },
    { body: { url: "a" }, why: "begin with a slash" },
    { body: { refused: "mine" }, why: 'Not known: "refused"' },
  ])("refuses $body", ({ body, why }) => {
    expect(refusal(readPurge(body, KNOWN))).toContain(why);
  });
});

describe("readWarm()", () => {
  it("reads URLs into targets as clients send them", () => {
    const body = { urls: ["/ticket/5?full=1", "http://gate/api/ticket"], consumer: "sync" };
    expect(readWarm(body, KNOWN)).toEqual({
      errands: [
        { target: "/api/ticket/5?full=1", consumer: "sync" },
        { target: "/api/ticket", consumer: "sync" },
      ],
    });
    expect(readWarm({ urls: ["/a"] }, KNOWN)).toEqual({ errands: [{ target: "/api/a" }] });
  });

  it("takes any caller's name where no consumers are configured", () => {
    const open = { ...KNOWN, consumers: [] };
    expect(readWarm({ urls: ["/a"], consumer: "nightly" }, open)).toMatchObject({
      errands: [{ consumer: "nightly" }],
    });
    expect(refusal(readWarm({ urls: ["/a"], consumer: "a\r\nb" }, open))).toContain("consumer");
  });

  it.each([
    { body: {}, why: '"urls" must be' },
    { body: { urls: [] }, why: '"urls" must be' },
    { body: { urls: "/a" }, why: '"urls" must be' },
    { body: { urls: ["/a", 5] }, why: '"urls" must be' },
    { body: { urls: Array.from({ length: 1001 }, () => "/a") }, why: "1 to 1000" },
    { body: { urls: ["/a"], consumer: "stranger" }, why: '"consumer" must be' },
    { body: { urls: ["/a", "b"] }, why: '"b"' },
    { body: { urls: ["/a"], upstream: "other" }, why: "No upstream is" },
    { body: { urls: ["/a"], upstream: 1 }, why: '"upstream" must be' },
    { body: { urls: ["/a"], soft: true }, why: "Not known" },
    { body: null, why: "JSON object" },
  ])("refuses $body", ({ body, why }) => {
    expect(refusal(readWarm(body, KNOWN))).toContain(why);
  });
});
