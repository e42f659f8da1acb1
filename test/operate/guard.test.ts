import { describe, expect, it } from "vitest";
import { notHeard, whoOf } from "../../src/operate/guard.ts";

const READ = {
  method: "GET",
  hostname: "localhost",
  host: "localhost:8081",
  authorization: undefined,
  origin: undefined,
  contentType: undefined,
};
const ORDER = { ...READ, method: "POST", contentType: "application/json" };
const OPEN = { token: "", host: "127.0.0.1" };

describe("notHeard()", () => {
  it.each(["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])(
    "hears a port on loopback that is asked as %s",
    (hostname) => {
      expect(notHeard({ ...ORDER, hostname }, OPEN)).toBeUndefined();
    },
  );

  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]", ""])(
    "does not hear a port on loopback that is asked as %s (DNS rebinding), be it for the status alone",
    (hostname) => {
      expect(notHeard({ ...READ, hostname }, OPEN)?.status).toBe(403);
      expect(notHeard({ ...ORDER, hostname }, { ...OPEN, host: "::1" })?.status).toBe(403);
    },
  );

  it("leaves the name alone where the port is bound to more, since a token is needed there", () => {
    const terms = { token: "t-0123456789", host: "0.0.0.0" };
    const named = { ...READ, hostname: "sluice.internal" };
    expect(notHeard(named, terms)?.status).toBe(401);
    const authorization = "Bearer t-0123456789";
    expect(notHeard({ ...named, authorization }, terms)).toBeUndefined();
    expect(notHeard({ ...named, authorization: `${authorization}0` }, terms)?.status).toBe(401);
  });

  it.each(["http://evil.example", "http://localhost:3000", "null", ""])(
    "hears no order from a page of the origin %s",
    (origin) => {
      expect(notHeard({ ...ORDER, origin }, OPEN)?.status).toBe(403);
    },
  );

  it("hears orders of its own pages", () => {
    expect(notHeard({ ...ORDER, origin: "http://localhost:8081" }, OPEN)).toBeUndefined();
  });

  it.each([undefined, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "takes no order as %s, which a form could send",
    (contentType) => {
      expect(notHeard({ ...ORDER, contentType }, OPEN)?.status).toBe(415);
    },
  );

  it("takes JSON with parameters", () => {
    const contentType = "Application/JSON; charset=utf-8";
    expect(notHeard({ ...ORDER, contentType }, OPEN)).toBeUndefined();
  });
});

describe("whoOf()", () => {
  it("tells tokens apart and shows none", () => {
    const who = whoOf("let-me-in");
    expect(who).toMatch(/^token [0-9a-f]{8}$/);
    expect(whoOf("let-me-out")).not.toBe(who);
    expect(whoOf("")).toBe("loopback");
  });
});
