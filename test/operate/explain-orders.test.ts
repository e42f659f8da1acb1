import { describe, expect, it } from "vitest";
import { readExplain } from "../../src/operate/explain-orders.ts";

const KNOWN = {
  upstreams: [
    { name: "api", mount: "/api", routes: [] },
    { name: "crm", mount: "/crm", routes: [] },
  ],
  consumers: ["sync"],
};
const OPEN = { upstreams: [{ name: "api", mount: "/api", routes: [] }], consumers: [] };

describe("readExplain()", () => {
  it.each([
    [{ url: "/api/ticket/5?x=1" }, { upstream: "api", path: "/ticket/5", query: "?x=1" }],
    [{ url: "http://gate:8080/crm/a" }, { upstream: "crm", path: "/a", query: "" }],
    [
      { url: "/ticket/5", upstream: "crm" },
      { upstream: "crm", path: "/ticket/5" },
    ],
    [
      { url: "/api/a", upstream: "crm" },
      { upstream: "crm", path: "/api/a" },
    ],
    [{ url: "/crm" }, { upstream: "crm", path: "" }],
    [{ url: "/crm/" }, { upstream: "crm", path: "/" }],
  ])("reads %j as clients send it, else below the named mount", (body, wanted) => {
    expect(readExplain(body, KNOWN)).toMatchObject({ method: "GET", fields: [], ...wanted });
  });

  it("reads method, consumer and fields", () => {
    const body = {
      method: "DELETE",
      url: "/api/a",
      consumer: "sync",
      fields: { Prefer: "wait=1", Priority: "u=0" },
    };
    expect(readExplain(body, KNOWN)).toMatchObject({
      method: "DELETE",
      consumer: "sync",
      fields: ["Prefer", "wait=1", "Priority", "u=0"],
    });
  });

  it("takes any caller's name where the gateway is open, and a path below its only mount", () => {
    expect(readExplain({ url: "/a", consumer: "portal" }, OPEN)).toMatchObject({
      path: "/a",
      consumer: "portal",
    });
  });

  it.each([
    [undefined, /JSON object/],
    [{ url: "/api/a", key: "x" }, /Not known: "key"/],
    [{}, /"url" must/],
    [{ url: "/a" }, /Name the "upstream"/],
    [{ url: "/api/../a" }, /dot segment/],
    [{ url: "http://gate/other" }, /below no mount/],
    [{ url: "/api/a", upstream: "x" }, /No upstream is "x"/],
    [{ url: "/api/a", method: "CONNECT" }, /"method" must/],
    [{ url: "/api/a", method: "GET /" }, /"method" must/],
    [{ url: "/api/a", consumer: "nobody" }, /"consumer" must/],
    [{ url: "/api/a", fields: [] }, /"fields" must/],
    [{ url: "/api/a", fields: { "a b": "x" } }, /"fields" must/],
    [{ url: "/api/a", fields: { a: "x\r\nb: y" } }, /"fields" must/],
    [{ url: "/api/a", fields: { a: 1 } }, /"fields" must/],
  ])("refuses %j and says why", (body, why) => {
    expect(readExplain(body, KNOWN)).toEqual({ refused: expect.stringMatching(why) });
  });
});
