import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storing, type Storing, type StorePolicy } from "../../src/http/storable.ts";
import { imfDate } from "../support/imf-date.ts";

const NOW = Date.UTC(2026, 5, 15, 12);
const at = (seconds: number): string => imfDate(NOW + seconds * 1000);

const JSON_TYPE = ["Content-Type", "application/json"];
const PHP = JSON_TYPE.concat(
  ["Expires", "Thu, 19 Nov 1981 08:52:00 GMT", "Pragma", "no-cache"],
  ["Cache-Control", "no-store, no-cache, must-revalidate"],
  ["Set-Cookie", "0123456789abcdef0123456789abcdef=secret; path=/"],
);
/** A shared cache to which nobody has said anything. */
const PLAIN: StorePolicy = {
  override: false,
  sharesAuthenticated: false,
  heuristics: false,
  cookies: "drop",
  liberal: false,
  mediaTypes: [],
};
const TRANSPARENT: StorePolicy = { ...PLAIN, heuristics: true, cookies: "store" };
const ROUTE: StorePolicy = { ...PLAIN, sharesAuthenticated: true, lifetimeMs: 20_000 };
const OVERRIDE: StorePolicy = { ...ROUTE, override: true, mediaTypes: ["application/json"] };

interface Case {
  readonly status?: number;
  readonly fields?: readonly string[];
  readonly asked?: readonly string[];
  readonly authenticated?: boolean;
}

function judged(policy: StorePolicy, given: Case): Storing {
  const { status = 200, fields = [], asked = [], authenticated = false } = given;
  const candidate = { status, fields, requestFields: asked, receivedAt: NOW, authenticated };
  return storing(candidate, policy);
}

function outcome(policy: StorePolicy, given: Case): string | number {
  const verdict = judged(policy, given);
  return verdict.store ? verdict.lifetimeMs : verdict.why;
}

function cacheControl(value: string): string[] {
  return ["Cache-Control", value];
}

function has(given: readonly string[], pattern: RegExp): boolean {
  return given.some((text) => pattern.test(text));
}

describe("storing() of an answer to an authenticated request", () => {
  it.each([
    ["max-age=60", "authenticated"],
    ["max-age=60, no-transform", "authenticated"],
    ["public, max-age=60", 60_000],
    ["s-maxage=60", 60_000],
    ["s-maxage=0, max-age=60", "no-lifetime"],
    ["must-revalidate, max-age=60", 60_000],
    ["public", "no-lifetime"],
    ["", "authenticated"],
  ])("judges Cache-Control: %s as %s (RFC 9111 section 3.5)", (value, expected) => {
    const fields = cacheControl(value);
    expect(outcome(PLAIN, { fields, authenticated: true })).toBe(expected);
    expect(outcome(PLAIN, { fields, asked: ["Authorization", "Bearer x"] })).toBe(expected);
  });

  it("shares it where the operator says so", () => {
    const fields = cacheControl("max-age=60");
    expect(outcome(ROUTE, { fields, authenticated: true })).toBe(60_000);
  });

  it("does not take Expires for a permission to share", () => {
    const fields = ["Expires", at(60), "Date", at(0)];
    expect(outcome(PLAIN, { fields, authenticated: true })).toBe("authenticated");
    expect(outcome(PLAIN, { fields })).toBe(60_000);
  });
});

describe("storing() by the origin's fields", () => {
  it.each([
    ["max-age=60", 60_000],
    ["max-age=soon", "no-lifetime"],
    ["max-age=-60", "no-lifetime"],
    ["public", "no-lifetime"],
    ["max-age=60, no-store", "no-store"],
    ["max-age=60, private", "private"],
    ['max-age=60, private="set-cookie"', "private"],
    ['max-age=60, private=""', "private"],
    ["max-age=60, PRIVATE", "private"],
    ["max-age=60, no-cache", "no-lifetime"],
    ['max-age=60, no-cache="x"', "no-lifetime"],
    ["max-age=60, no-store, must-understand", 60_000],
    ["max-age=60, no-store, must-understand, private", "private"],
    ["max-age=60;private", "private"],
  ])("judges Cache-Control: %s as %s (RFC 9111 section 3)", (value, expected) => {
    expect(outcome(PLAIN, { fields: cacheControl(value) })).toBe(expected);
  });

  it.each([
    { what: "a cookie", fields: ["Set-Cookie", "a=b"], why: "cookie" },
    { what: "Vary: *", fields: ["Vary", "accept, *"], why: "vary" },
    { what: "private on another line", fields: cacheControl("private"), why: "private" },
    { what: "no-store on another line", fields: cacheControl("No-Store"), why: "no-store" },
  ])("never stores $what, however public", ({ fields, why }) => {
    const all = [...cacheControl("public, max-age=60"), ...fields];
    expect(outcome(PLAIN, { fields: all })).toBe(why);
  });

  it("stores cookies where the policy calls them fields like any other", () => {
    const fields = [...cacheControl("max-age=60"), "Set-Cookie", "a=b"];
    expect(outcome(TRANSPARENT, { fields })).toBe(60_000);
  });

  it.each([
    { what: "a targeted lifetime", fields: ["CDN-Cache-Control", "max-age=9"], expected: 9000 },
    {
      what: "a targeted lifetime beside no-store for others",
      fields: [...cacheControl("no-store"), "CDN-Cache-Control", "max-age=9"],
      expected: 9000,
    },
    {
      what: "targeted no-store",
      fields: [...cacheControl("max-age=60"), "CDN-Cache-Control", "no-store"],
      expected: "no-store",
    },
    {
      what: "targeted private",
      fields: [...cacheControl("max-age=60"), "Sluice-Cache-Control", "private"],
      expected: "private",
    },
    {
      what: "a targeted field that does not parse",
      fields: [...cacheControl("no-store"), "CDN-Cache-Control", "max-age=9, &&&"],
      expected: "no-store",
    },
    {
      what: "a targeted lifetime of a wrong type",
      fields: [...cacheControl("max-age=60"), "CDN-Cache-Control", 'max-age="9"'],
      expected: "no-lifetime",
    },
  ])("obeys $what (RFC 9213 section 2.2)", ({ fields, expected }) => {
    expect(outcome(PLAIN, { fields })).toBe(expected);
  });

  it("does not trust a lifetime beside an Age that nobody can read", () => {
    const fields = [...cacheControl("max-age=60"), "Age", "abc"];
    expect(outcome(PLAIN, { fields })).toBe("no-lifetime");
    expect(outcome(PLAIN, { fields: [...fields, "ETag", '"a"'] })).toBe(0);
    expect(outcome(OVERRIDE, { fields: [...fields, ...JSON_TYPE] })).toBe(20_000);
  });

  it("never guesses a lifetime unless the route wants it (trap 17)", () => {
    const fields = [...cacheControl("public"), "Last-Modified", at(-6000)];
    expect(outcome(PLAIN, { fields })).toBe("no-lifetime");
    expect(outcome(TRANSPARENT, { fields })).toBe(600_000);
  });
});

describe("storing() to validate before each use", () => {
  const tag = ["ETag", '"a"'];

  it.each([
    { what: "no-cache and a tag", fields: [...cacheControl("max-age=9, no-cache"), ...tag] },
    { what: "no-cache and a date", fields: [...cacheControl("no-cache"), "Last-Modified", at(-9)] },
    {
      what: "no-cache for one field",
      fields: [...cacheControl('max-age=9, no-cache="a"'), ...tag],
    },
    { what: "Pragma: no-cache", fields: ["Pragma", "no-cache", "Expires", at(60), ...tag] },
    { what: "max-age=0", fields: [...cacheControl("max-age=0"), ...tag] },
    { what: "an Expires that is past", fields: ["Expires", "0", ...tag] },
  ])("stores $what with a lifetime of 0 (RFC 9111 section 5.2.2.4)", ({ fields }) => {
    expect(outcome(PLAIN, { fields })).toBe(0);
    expect(outcome(ROUTE, { fields })).toBe(0);
  });

  it("does not where nothing can be validated", () => {
    expect(outcome(PLAIN, { fields: cacheControl("no-cache") })).toBe("no-lifetime");
    expect(outcome(PLAIN, { fields: tag })).toBe("no-lifetime");
    const missing = { status: 404, fields: [...cacheControl("max-age=0"), ...tag] };
    expect(outcome(PLAIN, missing)).toBe("no-lifetime");
  });

  it("keeps what is stale at once where it may be served stale (RFC 5861)", () => {
    const fields = cacheControl("max-age=0, stale-while-revalidate=30");
    const windows = { staleWhileRevalidateMs: 30_000, staleIfErrorMs: 0 };
    expect(judged(PLAIN, { fields })).toMatchObject({ store: true, lifetimeMs: 0, ...windows });
  });

  it("counts Pragma only where Cache-Control is absent", () => {
    const fields = ["Pragma", "no-cache", ...cacheControl("max-age=9")];
    expect(outcome(PLAIN, { fields })).toBe(9000);
  });
});

describe("storing() by a route's policy", () => {
  it.each([
    ["the origin's lifetime", cacheControl("max-age=60"), 60_000],
    ["the origin's Expires", ["Expires", at(60)], 60_000],
    ["the route's lifetime where the origin gives none", [], 20_000],
    ["none where the origin says stale", cacheControl("max-age=0"), "no-lifetime"],
    ["none for private data", cacheControl("private, max-age=60"), "private"],
    ["none for no-store", cacheControl("no-store"), "no-store"],
    ["none for no-cache", cacheControl("no-cache"), "no-lifetime"],
    ["none for a cookie", ["Set-Cookie", "a=b"], "cookie"],
    ["none for PHP's session fields", PHP, "no-store"],
  ])("without override gives %s", (_what, fields, expected) => {
    expect(outcome(ROUTE, { fields, authenticated: true })).toBe(expected);
  });

  it.each([
    ["PHP's session fields", PHP],
    ["private", [...JSON_TYPE, ...cacheControl("private, max-age=3600")]],
    ["a longer lifetime of the origin", [...JSON_TYPE, ...cacheControl("max-age=3600")]],
  ])("with override gives the route's lifetime in spite of %s", (_what, fields) => {
    const verdict = judged(OVERRIDE, { fields, authenticated: true });
    const windows = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
    expect(verdict).toEqual({ store: true, lifetimeMs: 20_000, overridden: true, ...windows });
  });

  it.each([
    { what: "another type", given: { fields: ["Content-Type", "text/html"] }, why: "media-type" },
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
    const policy = { ...PLAIN, override: true, ...lifetime };
    expect(outcome(policy, { fields: cacheControl("public, max-age=60") })).toBe("no-lifetime");
  });
});

describe("storing() settles stale windows", () => {
  const told = "max-age=60, stale-while-revalidate=5, stale-if-error=600";
  const own = { staleWhileRevalidateMs: 1000, staleIfErrorMs: 2000 };
  const none = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };

  it.each([
    { what: "as the origin does", policy: ROUTE, value: told, windows: [5000, 600_000] },
    { what: "as the route does", policy: { ...ROUTE, ...own }, value: told, windows: [1000, 2000] },
    { what: "as the route does", policy: { ...ROUTE, ...none }, value: told, windows: [0, 0] },
    { what: "to none", policy: ROUTE, value: "max-age=60", windows: [0, 0] },
    { what: "to none", policy: ROUTE, value: "max-age=60, stale-if-error=x", windows: [0, 0] },
    {
      what: "as an overriding route does",
      policy: { ...OVERRIDE, ...own },
      value: `${told}, must-revalidate`,
      windows: [1000, 2000],
    },
    { what: "to none by an overriding route", policy: OVERRIDE, value: told, windows: [0, 0] },
  ])("$what (RFC 5861): $windows for $value", ({ policy, value, windows }) => {
    const verdict = judged(policy, { fields: [...JSON_TYPE, ...cacheControl(value)] });
    const [staleWhileRevalidateMs, staleIfErrorMs] = windows;
    expect(verdict).toMatchObject({ store: true, staleWhileRevalidateMs, staleIfErrorMs });
  });

  it.each(["must-revalidate", "proxy-revalidate", "s-maxage=60"])(
    "to none where %s stands (RFC 9111 section 4.2.4)",
    (directive) => {
      const fields = cacheControl(`${told}, ${directive}`);
      expect(judged({ ...ROUTE, ...own }, { fields })).toMatchObject({ store: true, ...none });
    },
  );
});

describe("storing() by status", () => {
  const explicit = [...JSON_TYPE, ...cacheControl("public, max-age=60")];

  it.each([200, 203, 204, 300, 301, 308])("lets a route make %d last", (status) => {
    expect(outcome(ROUTE, { status })).toBe(20_000);
    expect(outcome(OVERRIDE, { status, fields: PHP })).toBe(20_000);
  });

  it.each([302, 307, 404, 405, 410, 500, 501, 503])(
    "never makes %d last longer than the origin says (RFC 9111 section 3, trap 16)",
    (status) => {
      expect(outcome(ROUTE, { status })).toBe("no-lifetime");
      expect(outcome(OVERRIDE, { status, fields: JSON_TYPE })).toBe("no-lifetime");
      expect(outcome(OVERRIDE, { status, fields: PHP })).toBe("no-store");
      expect(judged(OVERRIDE, { status, fields: explicit })).toMatchObject({ overridden: false });
    },
  );

  it.each([404, 410])("lets a route's negative lifetime cover %d", (status) => {
    const policy = { ...ROUTE, negativeLifetimeMs: 3000 };
    expect(outcome(policy, { status })).toBe(3000);
    expect(outcome(policy, { status, fields: explicit })).toBe(60_000);
    expect(outcome({ ...policy, override: true }, { status, fields: explicit })).toBe(3000);
    expect(outcome(policy, { status: 403 })).toBe("status");
    expect(outcome(policy, { status: 500 })).toBe("no-lifetime");
  });

  it.each([
    200, 201, 202, 203, 204, 299, 301, 302, 303, 307, 308, 404, 405, 410, 499, 500, 501, 502, 503,
    504, 599,
  ])("stores %d by explicit freshness (RFC 9111 section 3)", (status) => {
    const fields = ["Expires", at(60), "Date", at(0)];
    expect(outcome(PLAIN, { status, fields })).toBe(60_000);
  });

  it.each([100, 199, 206, 304, 400, 401, 403, 412, 413, 414, 416, 428, 429, 431, 511])(
    "never stores %d, whatever route and origin say (traps 3, 13 and 16, RFC 6585)",
    (status) => {
      for (const policy of [PLAIN, TRANSPARENT, ROUTE, OVERRIDE]) {
        expect(outcome(policy, { status, fields: explicit })).toBe("status");
      }
    },
  );

  it.each([
    { status: 200, value: "", expected: 600_000 },
    { status: 404, value: "", expected: 600_000 },
    { status: 501, value: "", expected: 600_000 },
    { status: 201, value: "", expected: "no-lifetime" },
    { status: 503, value: "", expected: "no-lifetime" },
    { status: 599, value: "", expected: "no-lifetime" },
    { status: 599, value: "public", expected: 600_000 },
    { status: 200, value: "max-age=5", expected: 5000 },
  ])("guesses for $status with $value: $expected (RFC 9111 section 4.2.2)", (given) => {
    const fields = ["Last-Modified", at(-6000), ...(given.value ? cacheControl(given.value) : [])];
    expect(outcome(TRANSPARENT, { status: given.status, fields })).toBe(given.expected);
  });

  it("keeps no status that it does not know under must-understand (section 5.2.2.3)", () => {
    const fields = [...cacheControl("max-age=60, must-understand"), ...JSON_TYPE];
    expect(outcome(PLAIN, { status: 599, fields })).toBe("status");
    expect(outcome(OVERRIDE, { status: 299, fields })).toBe("status");
    expect(outcome(PLAIN, { status: 503, fields })).toBe(60_000);
  });
});

describe("storing() where the upstream is liberal", () => {
  const LIBERAL: StorePolicy = { ...TRANSPARENT, liberal: true };
  const explicit = cacheControl("max-age=60");
  const part = [...explicit, "Content-Range", "bytes 4-9/10"];
  const asked = ["Range", "bytes=-5"];

  it("stores 400 and 414 by explicit freshness, and guesses for 414 alone", () => {
    const modified = ["Last-Modified", at(-6000)];
    for (const status of [400, 414]) {
      expect(outcome(LIBERAL, { status, fields: explicit })).toBe(60_000);
      expect(outcome(TRANSPARENT, { status, fields: explicit })).toBe("status");
    }
    expect(outcome(LIBERAL, { status: 414, fields: modified })).toBe(600_000);
    expect(outcome(LIBERAL, { status: 400, fields: modified })).toBe("no-lifetime");
  });

  it.each([401, 403, 412, 413, 416, 428, 429, 431, 511])(
    "stores %d no more than else",
    (status) => {
      expect(outcome(LIBERAL, { status, fields: explicit })).toBe("status");
    },
  );

  it("stores a single part that was asked for, and no other (RFC 9111 section 3.3)", () => {
    const parts = [...explicit, "Content-Type", "multipart/byteranges; boundary=x"];
    expect(outcome(LIBERAL, { status: 206, fields: part, asked })).toBe(60_000);
    expect(outcome(LIBERAL, { status: 206, fields: part })).toBe("status");
    expect(outcome(LIBERAL, { status: 206, fields: parts, asked })).toBe("status");
    expect(outcome(TRANSPARENT, { status: 206, fields: part, asked })).toBe("status");
  });

  it("makes no error and no part last by a route's lifetime", () => {
    const policy = { ...ROUTE, liberal: true };
    const fields = part.slice(2);
    expect(outcome(policy, { status: 206, fields, asked })).toBe("no-lifetime");
    expect(outcome(policy, { status: 400 })).toBe("no-lifetime");
  });
});

describe("storing(), whatever the response", () => {
  const letters = fc
    .tuple(fc.constantFrom("no-store", "private"), fc.array(fc.boolean()))
    .map(([word, upper]) =>
      word.replaceAll(/./g, (letter, index: number) =>
        upper[index] === true ? letter.toUpperCase() : letter,
      ),
    );
  const blank = fc.constantFrom("", " ", "\t", "  ");
  const argument = fc.constantFrom(
    "",
    "",
    '=""',
    '="set-cookie, x"',
    "=x",
    "=",
    ' = "a"',
    '="',
    "=1",
  );
  const spelling = fc
    .tuple(letters, argument, blank, blank)
    .map(([word, tail, before, after]) => `${before}${word}${tail}${after}`);
  const other = fc.constantFrom(
    "max-age=60",
    "public",
    "s-maxage=60",
    'x="y, \\", z"',
    "immutable",
    "",
    "max-age=60;q",
    "x=y z",
    "stale-if-error=60",
    "must-revalidate",
    "ext=1",
  );
  const joint = fc.constantFrom(",", ", ", " ,", ";", " , , ");

  it("shares no spelling of private or no-store, whatever stands around it", () => {
    const line = fc
      .tuple(fc.array(other, { maxLength: 3 }), spelling, fc.array(other, { maxLength: 3 }), joint)
      .map(([before, word, after, by]) => [...before, word, ...after].join(by));
    const lines = fc.tuple(
      fc.array(other, { maxLength: 2 }),
      line,
      fc.array(other, { maxLength: 2 }),
    );
    const policies = fc.constantFrom(PLAIN, TRANSPARENT, ROUTE);
    const name = fc.constantFrom("Cache-Control", "cache-control", "CACHE-CONTROL");
    fc.assert(
      fc.property(lines, policies, name, ([before, word, after], policy, called) => {
        const values = [...before, word, ...after];
        const fields = values.flatMap((value) => [called, value]).concat("ETag", '"a"');
        expect(judged(policy, { fields }).store).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  const directives =
    "no-store NO-STORE private Private no-cache public max-age=60 max-age=x s-maxage=9 must-revalidate must-understand";
  const directive = fc.constantFrom('private="a, b"', ...directives.split(" "));
  const field = fc.oneof(
    fc.array(directive, { maxLength: 4 }).map((all) => cacheControl(all.join(", "))),
    fc.constantFrom(
      ["Set-Cookie", "s=1"],
      ["Vary", "*"],
      ["Vary", "Accept"],
      ["Pragma", "no-cache"],
      ["ETag", '"a"'],
    ),
    fc.constantFrom(["Expires", "0"], ["Expires", at(60)], JSON_TYPE, ["Age", "x"]),
  );
  const response = fc.record({
    status: fc.constantFrom(200, 204, 206, 302, 404, 429, 500, 503),
    fields: fc.array(field, { maxLength: 5 }).map((lines) => lines.flat()),
    asked: fc.array(directive, { maxLength: 2 }).map((all) => cacheControl(all.join(", "))),
    authenticated: fc.boolean(),
  });

  it("shares nothing private, no cookie and nothing that either side forbade, without an override", () => {
    fc.assert(
      fc.property(response, fc.constantFrom(PLAIN, ROUTE), (given, policy) => {
        const { fields, asked, authenticated } = given;
        const noStore = has(fields, /no-store/i) && !has(fields, /must-understand/);
        const personal = has(fields, /^Set-Cookie$|\bprivate\b|^\*$/i);
        const own = authenticated && policy === PLAIN;
        const closed = own && !has(fields, /public|s-maxage|must-revalidate/);
        fc.pre(personal || noStore || closed || has(asked, /no-store/i));
        expect(judged(policy, given).store).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives no time to what must be validated, and overrides only where the route says so", () => {
    const policies = fc.constantFrom(PLAIN, ROUTE, OVERRIDE);
    fc.assert(
      fc.property(response, policies, (given, policy) => {
        const verdict = judged(policy, given);
        fc.pre(verdict.store);
        const told = given.fields.filter((_, index) => given.fields[index - 1] !== "Pragma");
        const doubtful = has(told, /no-cache|^x$/) && !verdict.overridden;
        expect(doubtful && verdict.lifetimeMs > 0).toBe(false);
        expect(verdict.lifetimeMs === 0 && given.status !== 200).toBe(false);
        expect(verdict.overridden).toBe(policy.override && given.status < 300);
        expect([206, 429]).not.toContain(given.status);
      }),
      { numRuns: 1000 },
    );
  });
});
