import { parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import { rateLimit, rateLimitPolicy, type QuotaView } from "../../src/http/rate-limit.ts";

function quota(changes: Partial<QuotaView> = {}): QuotaView {
  const standard = { limit: 200, windowMs: 60_000, remaining: 150, resetInMs: 30_000 };
  return { name: "clientexec", ...standard, ...changes };
}

describe("rateLimitPolicy()", () => {
  it.each([
    { quotas: [quota()], value: '"clientexec";q=200;w=60' },
    { quotas: [quota({ windowMs: 1500 })], value: '"clientexec";q=200;w=2' },
    {
      quotas: [quota(), quota({ name: "day", limit: 9000, windowMs: 86_400_000 })],
      value: '"clientexec";q=200;w=60, "day";q=9000;w=86400',
    },
    { quotas: [], value: "" },
  ])("writes $value (draft-ietf-httpapi-ratelimit-headers-11)", ({ quotas, value }) => {
    expect(rateLimitPolicy(quotas)).toBe(value);
  });
});

describe("rateLimit()", () => {
  it.each([
    { changes: {}, value: '"clientexec";r=150;t=30' },
    { changes: { remaining: 0, resetInMs: 1 }, value: '"clientexec";r=0;t=1' },
    { changes: { remaining: -3, resetInMs: 2001 }, value: '"clientexec";r=0;t=3' },
    { changes: { remaining: 200, resetInMs: 0 }, value: '"clientexec";r=200;t=0' },
  ])("writes $value: never a negative rest, never too early", ({ changes, value }) => {
    expect(rateLimit([quota(changes)])).toBe(value);
  });

  it("tells whose part a share is, as a byte sequence, in both fields", () => {
    const share = quota({ name: "clientexec-share", limit: 66, remaining: 12, partition: "a" });
    expect(rateLimitPolicy([share])).toBe('"clientexec-share";q=66;w=60;pk=:YQ==:');
    expect(rateLimit([share])).toBe('"clientexec-share";r=12;t=30;pk=:YQ==:');
    const [, parameters] = parseList(rateLimit([quota({ partition: "bücher, ;=" })]))[0] ?? [];
    expect(Buffer.from(parameters?.get("pk") as ArrayBuffer).toString()).toBe("bücher, ;=");
  });

  it("tells the quotas apart by the names of the policy, whatever these hold", () => {
    const quotas = [quota({ name: 'a"b' }), quota({ name: "c\\d, e;r=9" })];
    const names = quotas.map(({ name }) => name);
    expect(parseList(rateLimit(quotas)).map(([name]) => name)).toEqual(names);
    expect(parseList(rateLimitPolicy(quotas)).map(([name]) => name)).toEqual(names);
  });
});
