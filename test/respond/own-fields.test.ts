import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withOwnFields, writable } from "../../src/respond/own-fields.ts";

const QUOTAS = [{ name: "api", limit: 200, windowMs: 60_000, remaining: 150, resetInMs: 29_001 }];

describe("withOwnFields()", () => {
  it("tells cache, quota, times and id, in the fields that standards give them", () => {
    const cache = { kind: "hit", ttlMs: 5999, overridden: false } as const;
    const remarks = { requestId: "r1", cache, quotas: QUOTAS, queueMs: 1.25, upstreamMs: 0 };
    expect(withOwnFields(["X-A", "1"], remarks)).toEqual([
      "X-A",
      "1",
      "Cache-Status",
      "sluice;hit;ttl=5",
      "RateLimit-Policy",
      '"api";q=200;w=60',
      "RateLimit",
      '"api";r=150;t=30',
      "Server-Timing",
      "queue;dur=1.3, upstream;dur=0.0",
      "Via",
      "1.1 sluice",
      "X-Request-Id",
      "r1",
    ]);
  });

  it("tells the terms of inner quotas beside the upstream's, without where they stand", () => {
    const policies = [
      { name: "route:reports", limit: 20, windowMs: 60_000 },
      { name: "cap:sync", limit: 60, windowMs: 60_000, partition: "sync" },
    ];
    expect(withOwnFields([], { requestId: "r1", quotas: QUOTAS, policies }).slice(0, 4)).toEqual([
      "RateLimit-Policy",
      '"api";q=200;w=60, "route:reports";q=20;w=60, "cap:sync";q=60;w=60;pk=:c3luYw==:',
      "RateLimit",
      '"api";r=150;t=30',
    ]);
  });

  it("replaces the upstream's own quota, id and cookies, and keeps its Via and Server-Timing", () => {
    const theirs = ["RateLimit", "x", "Set-Cookie", "PHPSESSID=1", "x-request-id", "theirs"];
    const kept = ["Via", "1.1 varnish", "Server-Timing", "db;dur=3"];
    const fields = withOwnFields([...theirs, ...kept], { requestId: "r1", quotas: QUOTAS });
    expect(fields.slice(0, 4)).toEqual(kept);
    expect(fields.join("\n")).not.toMatch(/PHPSESSID|theirs/);
  });

  it("passes the upstream's cookies where its setting says so, and none of a request to no upstream", () => {
    const theirs = ["Set-Cookie", "a=1", "set-cookie", "b=2"];
    const fields = withOwnFields(theirs, { requestId: "r1", quotas: QUOTAS, cookies: "store" });
    expect(fields.slice(0, 4)).toEqual(theirs);
    expect(withOwnFields(theirs, { requestId: "r1" }).join("\n")).not.toMatch(/cookie/i);
  });

  it("passes Set-Cookie2, which sets nothing any more (RFC 6265 section 9.4)", () => {
    const theirs = ["Set-Cookie2", "a=1"];
    expect(withOwnFields(theirs, { requestId: "r1" }).slice(0, 2)).toEqual(theirs);
  });

  it("speaks of no quota and no cache where the request came to no upstream", () => {
    expect(withOwnFields([], { requestId: "r1" })).toEqual([
      "Via",
      "1.1 sluice",
      "X-Request-Id",
      "r1",
    ]);
  });
});

describe("writable()", () => {
  it("drops what would end the head early, and keeps obs-text", () => {
    expect(
      writable(["X-A", "caf\u00E9", "X-B", "a\r\nSet-Cookie: b", "X C", "1", "X-D", "\0", "", "1"]),
    ).toEqual(["X-A", "caf\u00E9"]);
  });

  it("lets nothing through that holds a line break, a NUL or what a byte cannot hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (fields) => {
        for (const text of writable(fields)) expect(text).toMatch(/^[\t\x20-\x7E\x80-\xFF]*$/);
      }),
    );
  });
});
