import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storing, type StorePolicy } from "../../src/http/storable.ts";

const JSON_TYPE = ["Content-Type", "application/json"];
const PHP = JSON_TYPE.concat(
  ["Expires", "Thu, 19 Nov 1981 08:52:00 GMT", "Pragma", "no-cache"],
  ["Cache-Control", "no-store, no-cache, must-revalidate"],
  ["Set-Cookie", "0123456789abcdef0123456789abcdef=secret; path=/"],
);
const OPEN: StorePolicy = { lifetimeMs: 20_000, override: false, mediaTypes: [] };
const OVERRIDE: StorePolicy = {
  lifetimeMs: 20_000,
  override: true,
  mediaTypes: ["application/json"],
};

interface Case {
  readonly status?: number;
  readonly fields?: readonly string[];
  readonly asked?: readonly string[];
}

function judged(policy: StorePolicy | undefined, { status = 200, fields = [], asked = [] }: Case) {
  return storing({ status, fields, requestFields: asked, receivedAt: 0 }, policy);
}

function outcome(policy: StorePolicy | undefined, given: Case): string | number {
  const verdict = judged(policy, given);
  return verdict.store ? verdict.lifetimeMs : verdict.why;
}

function cacheControl(value: string): string[] {
  return ["Cache-Control", value];
}

function has(given: readonly string[], pattern: RegExp): boolean {
  return given.some((text) => pattern.test(text));
}

describe("storing() without a route's policy", () => {
  it.each([
    ["max-age=60", "authenticated"],
    ["max-age=60, no-transform", "authenticated"],
    ["public, max-age=60", 60_000],
    ["s-maxage=60", 60_000],
    ["s-maxage=0, max-age=60", "no-lifetime"],
    ["must-revalidate, max-age=60", 60_000],
    ["public", "no-lifetime"],
    ["public, max-age=0", "no-lifetime"],
    ["public, max-age=soon", "no-lifetime"],
    ["public, max-age=60, no-store", "no-store"],
    ["public, max-age=60, private", "private"],
    ['public, max-age=60, private="set-cookie"', "private"],
    ["public, max-age=60, PRIVATE", "private"],
    ["public, max-age=60, no-cache", "no-store"],
    ['public, max-age=60, no-cache="x"', "no-store"],
    ["public, max-age=60, no-store, must-understand", 60_000],
    ["public, max-age=60, no-store, must-understand, private", "private"],
    ["", "authenticated"],
  ])("judges Cache-Control: %s as %s (RFC 9111 sections 3, 3.5)", (value, expected) => {
    const asked = ["Authorization", "Bearer x"];
    expect(outcome(undefined, { fields: cacheControl(value) })).toBe(expected);
    expect(outcome(undefined, { fields: cacheControl(value), asked })).toBe(expected);
  });

  it.each([
    { what: "a cookie", fields: ["Set-Cookie", "a=b"], why: "cookie" },
    { what: "Vary: *", fields: ["Vary", "accept, *"], why: "vary" },
    { what: "private on another line", fields: cacheControl("private"), why: "private" },
    { what: "no-store on another line", fields: cacheControl("No-Store"), why: "no-store" },
  ])("never stores $what, however public", ({ fields, why }) => {
    expect(outcome(undefined, { fields: [...cacheControl("public, max-age=60"), ...fields] })).toBe(
      why,
    );
  });

  it("never guesses a lifetime (RFC 9111 section 4.2.2 permits, does not ask)", () => {
    const fields = [...cacheControl("public"), "Last-Modified", "Mon, 01 Jan 1968 00:00:00 GMT"];
    expect(outcome(undefined, { fields })).toBe("no-lifetime");
  });

  it("obeys Pragma where Cache-Control says nothing", () => {
    const fields = ["Pragma", "no-cache", "Expires", "Thu, 01 Jan 1970 00:01:00 GMT"];
    expect(outcome(OPEN, { fields })).toBe("no-store");
    expect(outcome(OPEN, { fields: [...fields, ...cacheControl("max-age=9")] })).toBe(9000);
  });
});

describe("storing() by a route's policy", () => {
  it.each([
    ["the origin's lifetime", cacheControl("max-age=60"), 60_000],
    ["the origin's Expires", ["Expires", "Thu, 01 Jan 1970 00:01:00 GMT"], 60_000],
    ["the route's lifetime where the origin gives none", [], 20_000],
    ["none where the origin says stale", cacheControl("max-age=0"), "no-lifetime"],
    ["none for private data", cacheControl("private, max-age=60"), "private"],
    ["none for no-store", cacheControl("no-store"), "no-store"],
    ["none for no-cache", cacheControl("no-cache"), "no-store"],
    ["none for a cookie", ["Set-Cookie", "a=b"], "cookie"],
    ["none for PHP's session fields", PHP, "no-store"],
  ])("without override gives %s", (_what, fields, expected) => {
    expect(outcome(OPEN, { fields })).toBe(expected);
  });

  it.each([
    ["PHP's session fields", PHP],
    ["private", [...JSON_TYPE, ...cacheControl("private, max-age=3600")]],
    ["a longer lifetime of the origin", [...JSON_TYPE, ...cacheControl("max-age=3600")]],
  ])("with override gives the route's lifetime in spite of %s", (_what, fields) => {
    const verdict = judged(OVERRIDE, { fields });
    expect(verdict).toEqual({ store: true, lifetimeMs: 20_000, overridden: true });
  });

  it.each([
    {
      what: "another media type",
      given: { fields: ["Content-Type", "text/html"] },
      why: "media-type",
    },
    { what: "no media type", given: { fields: [] }, why: "media-type" },
    {
      what: "two media types",
      given: { fields: [...JSON_TYPE, "content-type", "text/html"] },
      why: "media-type",
    },
    {
      what: "a type that begins alike",
      given: { fields: ["Content-Type", "application/json-seq"] },
      why: "media-type",
    },
    { what: "Vary: *", given: { fields: [...JSON_TYPE, "Vary", "*"] }, why: "vary" },
    {
      what: "no-store of the client",
      given: { fields: JSON_TYPE, asked: cacheControl("no-store") },
      why: "no-store",
    },
  ])("with override still does not store $what", ({ given, why }) => {
    expect(outcome(OVERRIDE, given)).toBe(why);
  });

  it("reads a media type without its parameters and letter case", () => {
    const fields = ["content-type", "Application/JSON ; charset=utf-8"];
    expect(outcome(OVERRIDE, { fields })).toBe(20_000);
  });

  it.each([{ lifetimeMs: 0 }, {}])("with override but lifetime %j stores nothing", (lifetime) => {
    const policy = { override: true, mediaTypes: [], ...lifetime };
    expect(outcome(policy, { fields: cacheControl("public, max-age=60") })).toBe("no-lifetime");
  });
});

describe("storing() by status", () => {
  const explicit = [...JSON_TYPE, ...cacheControl("public, max-age=60")];

  it.each([200, 203, 204, 300, 301, 308])("lets a route make %d last", (status) => {
    expect(outcome(OPEN, { status })).toBe(20_000);
    expect(outcome(OVERRIDE, { status, fields: PHP })).toBe(20_000);
  });

  it.each([302, 307, 404, 405, 410, 501])(
    "never makes %d last longer than the origin says (RFC 9111 section 3)",
    (status) => {
      expect(outcome(OPEN, { status })).toBe("no-lifetime");
      expect(outcome(OVERRIDE, { status, fields: JSON_TYPE })).toBe("no-lifetime");
      expect(outcome(OVERRIDE, { status, fields: PHP })).toBe("no-store");
      expect(outcome(undefined, { status, fields: explicit })).toBe(60_000);
      expect(judged(OVERRIDE, { status, fields: explicit })).toMatchObject({ overridden: false });
    },
  );

  it.each([
    100, 206, 303, 304, 400, 401, 402, 403, 407, 408, 409, 429, 500, 502, 503, 504, 299, 599,
  ])("never stores %d, whatever route and origin say", (status) => {
    for (const policy of [undefined, OPEN, OVERRIDE]) {
      expect(outcome(policy, { status, fields: explicit })).toBe("status");
    }
  });
});

describe("storing(), whatever the response", () => {
  const directives =
    "no-store NO-STORE private Private no-cache public max-age=60 max-age=x s-maxage=9 must-revalidate must-understand";
  const directive = fc.constantFrom('private="a, b"', ...directives.split(" "));
  const line = fc.oneof(
    fc.array(directive, { maxLength: 4 }).map((all) => cacheControl(all.join(", "))),
    fc.constantFrom(
      ["Set-Cookie", "s=1"],
      ["Vary", "*"],
      ["Vary", "Accept"],
      ["Pragma", "no-cache"],
    ),
    fc.constantFrom(["Expires", "0"], ["Expires", "Thu, 01 Jan 1970 00:01:00 GMT"], JSON_TYPE),
  );
  const response = fc.record({
    status: fc.constantFrom(200, 204, 206, 302, 404, 429, 500, 503),
    fields: fc.array(line, { maxLength: 5 }).map((lines) => lines.flat()),
    asked: fc.array(directive, { maxLength: 2 }).map((all) => cacheControl(all.join(", "))),
  });

  it("shares nothing private, no cookie and nothing that either side forbade, without an override", () => {
    fc.assert(
      fc.property(response, fc.constantFrom(undefined, OPEN), (given, policy) => {
        const { fields, asked } = given;
        const noStore = has(fields, /no-store/i) && !has(fields, /must-understand/);
        const personal = has(fields, /^Set-Cookie$|\bprivate\b|^\*$/i);
        fc.pre(personal || noStore || has(asked, /no-store/i));
        expect(judged(policy, given).store).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it("stores only for a positive time, and overrides only where the route says so", () => {
    const policies = fc.constantFrom(undefined, OPEN, OVERRIDE);
    fc.assert(
      fc.property(response, policies, (given, policy) => {
        const verdict = judged(policy, given);
        fc.pre(verdict.store);
        expect(verdict.lifetimeMs).toBeGreaterThan(0);
        expect(verdict.overridden).toBe(policy?.override === true && given.status < 300);
        expect([206, 429, 500, 503]).not.toContain(given.status);
      }),
      { numRuns: 1000 },
    );
  });
});
