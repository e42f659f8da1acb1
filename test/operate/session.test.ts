import { describe, expect, it } from "vitest";
import { closeStay, openStay, readStay, STAY_SECONDS } from "../../src/operate/session.ts";

const TOKENS = { token: "all-0123456789", readToken: "read-0123456789" };
const NOW = 1_795_000_000_000;

function cookieOf(setCookie: string): string {
  return setCookie.split(";", 1)[0] ?? "";
}

describe("openStay()", () => {
  it("makes a cookie that no script reads and no other site sends, without a token in it", () => {
    const cookie = openStay("full", TOKENS, NOW);
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(cookie).not.toContain(TOKENS.token);
  });
});

describe("readStay()", () => {
  it("knows each role, among other cookies", () => {
    for (const role of ["full", "read"] as const) {
      const cookie = `a=1; ${cookieOf(openStay(role, TOKENS, NOW))}; b=2`;
      expect(readStay(cookie, TOKENS, NOW)).toBe(role);
    }
  });

  it("ends with its time, and with its token", () => {
    const cookie = cookieOf(openStay("full", TOKENS, NOW));
    expect(readStay(cookie, TOKENS, NOW + STAY_SECONDS * 1000 - 1)).toBe("full");
    expect(readStay(cookie, TOKENS, NOW + STAY_SECONDS * 1000)).toBeUndefined();
    expect(readStay(cookie, { ...TOKENS, token: "another" }, NOW)).toBeUndefined();
    expect(readStay(cookie, { ...TOKENS, token: "" }, NOW)).toBeUndefined();
  });

  it("takes no other role, no later end and no seal but its own", () => {
    const cookie = cookieOf(openStay("read", TOKENS, NOW));
    const [, until = ""] = /\.(\d+)\./.exec(cookie) ?? [];
    const forged = [
      cookie.replace("read", "full"),
      cookie.replace(until, String(Number(until) + 1)),
      `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "E" : "A"}`,
      cookie.slice(0, -1),
      "sluice_admin=full",
      "",
    ];
    for (const one of forged) expect(readStay(one, TOKENS, NOW)).toBeUndefined();
    expect(readStay(undefined, TOKENS, NOW)).toBeUndefined();
  });
});

describe("closeStay()", () => {
  it("ends at once", () => {
    expect(closeStay()).toContain("Max-Age=0");
  });
});
