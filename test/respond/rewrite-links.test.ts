import { describe, expect, it } from "vitest";
import { rewriteLinks } from "../../src/respond/rewrite-links.ts";
import { upstream } from "../support/settings.ts";

const address = { upstream: upstream(), origin: "http://gateway.example:8080" };
const HERE = "http://gateway.example:8080/api";

describe("rewriteLinks()", () => {
  it.each([
    ["http://upstream.example/api/ticket/7", `${HERE}/ticket/7`],
    ["http://upstream.example/api", HERE],
    ["https://upstream.example/api/ticket/7", `${HERE}/ticket/7`],
    ["//upstream.example/api/ticket/7", `${HERE}/ticket/7`],
    ["/api/ticket/7?page=2#x", "/api/ticket/7?page=2#x"],
    ["http://upstream.example/api/t?apikey=sim-key&page=2", `${HERE}/t?page=2`],
    ["http://upstream.example/api/t?apikey=sim-key", `${HERE}/t`],
    ["next?apikey=sim-key&page=2", "next?page=2"],
    ["ticket/7", "ticket/7"],
    ["http://upstream.example/login", "http://upstream.example/login"],
    ["http://upstream.example/apiary", "http://upstream.example/apiary"],
    ["http://elsewhere.example/api/ticket/7", "http://elsewhere.example/api/ticket/7"],
    ["http://[broken", "http://[broken"],
  ])("points %s at %s", (reference, rewritten) => {
    expect(rewriteLinks(["Location", reference], address)).toEqual(["Location", rewritten]);
    expect(rewriteLinks(["content-location", reference], address)[1]).toBe(rewritten);
  });

  it("rewrites every target of Link and nothing else of it (RFC 8288)", () => {
    const next = '</api/t?page=2>; rel="next", <http://upstream.example/api/t?page=9>; rel="last"';
    expect(rewriteLinks(["Link", next, "X-Link", next], address)).toEqual([
      "Link",
      `</api/t?page=2>; rel="next", <${HERE}/t?page=9>; rel="last"`,
      "X-Link",
      next,
    ]);
  });

  it("leaves a Link without an end alone, in a time that does not grow with its brackets", () => {
    const open = "<".repeat(16_000);
    const since = performance.now();
    expect(rewriteLinks(["Link", open], address)).toEqual(["Link", open]);
    // Where each bracket was begun with anew, half a second.
    expect(performance.now() - since).toBeLessThan(200);
    const within = "<<http://upstream.example/api/t>";
    expect(rewriteLinks(["Link", within], address)[1]).toBe(`<<${HERE}/t>`);
  });

  it("maps the upstream's base path to another mount", () => {
    const mounted = upstream({ mount: "/billing", url: new URL("http://upstream.example/v1/") });
    const fields = ["Location", "/v1/ticket/7", "Location", "/v2/ticket/7"];
    expect(rewriteLinks(fields, { ...address, upstream: mounted })).toEqual([
      "Location",
      "/billing/ticket/7",
      "Location",
      "/v2/ticket/7",
    ]);
  });
});
