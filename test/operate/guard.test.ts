import { describe, expect, it } from "vitest";
import {
  isOwnPage,
  notHeard,
  roleOf,
  whoKnocks,
  whoOf,
  wrongName,
} from "../../src/operate/guard.ts";
import { openStay } from "../../src/operate/session.ts";

const READ = {
  method: "GET",
  path: "/status",
  hostname: "localhost",
  host: "localhost:8081",
  authorization: undefined,
  cookie: undefined,
  fetchSite: undefined,
  origin: undefined,
  contentType: undefined,
};
const ORDER = { ...READ, method: "POST", contentType: "application/json" };
const OPEN = { token: "", readToken: "", host: "127.0.0.1", now: 0 };
const CLOSED = { ...OPEN, token: "t-all-0123456789", readToken: "t-read-0123456789" };
const FULL_STAY = { cookie: openStay("full", CLOSED, 0).split(";", 1)[0] };
const READ_STAY = { cookie: openStay("read", CLOSED, 0).split(";", 1)[0] };
const OWN = { origin: "http://localhost:8081" };

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
    const terms = { ...OPEN, token: "t-0123456789", host: "0.0.0.0" };
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

describe("notHeard() of those who may only look", () => {
  const authorization = `Bearer ${CLOSED.readToken}`;

  it("hears that they look, explain included", () => {
    expect(notHeard({ ...READ, authorization }, CLOSED)).toBeUndefined();
    expect(notHeard({ ...ORDER, path: "/explain", authorization }, CLOSED)).toBeUndefined();
  });

  it.each(["POST", "PATCH", "DELETE"])("hears no %s, by token or by stay", (method) => {
    for (const path of ["/purge", "/explain/", "/explain/x", "/pause"]) {
      expect(notHeard({ ...ORDER, method, path, authorization }, CLOSED)?.status).toBe(403);
      expect(notHeard({ ...ORDER, method, path, ...OWN, ...READ_STAY }, CLOSED)?.status).toBe(403);
    }
  });
});

describe("notHeard() of a browser's stay", () => {
  it("hears its page, which says where it is from", () => {
    expect(notHeard({ ...READ, ...FULL_STAY }, CLOSED)).toBeUndefined();
    expect(notHeard({ ...ORDER, ...OWN, ...FULL_STAY }, CLOSED)).toBeUndefined();
  });

  it("hears no order that does not say where it is from, or is from elsewhere (CSRF)", () => {
    expect(notHeard({ ...ORDER, ...FULL_STAY }, CLOSED)?.status).toBe(403);
    for (const fetchSite of ["cross-site", "same-site"]) {
      expect(notHeard({ ...ORDER, ...OWN, ...FULL_STAY, fetchSite }, CLOSED)?.status).toBe(403);
    }
    const form = { ...ORDER, ...OWN, contentType: "application/x-www-form-urlencoded" };
    expect(notHeard({ ...form, ...FULL_STAY }, CLOSED)?.status).toBe(415);
  });
});

describe("whoKnocks()", () => {
  it("knows the open port, tokens and stays", () => {
    expect(whoKnocks(READ, OPEN)).toEqual({ role: "full", by: "open" });
    const authorization = `Bearer ${CLOSED.token}`;
    expect(whoKnocks({ ...READ, authorization }, CLOSED)).toEqual({ role: "full", by: "token" });
    expect(whoKnocks({ ...READ, ...READ_STAY }, CLOSED)).toEqual({ role: "read", by: "stay" });
  });

  it("takes a wrong token for nobody's, whatever else is sent", () => {
    for (const authorization of ["Bearer x", CLOSED.token, "Bearer ", ""]) {
      expect(whoKnocks({ ...READ, ...FULL_STAY, authorization }, CLOSED)).toBeUndefined();
    }
  });
});

describe("roleOf()", () => {
  it("tells the tokens apart, and takes an absent one for none", () => {
    expect(roleOf(CLOSED.token, CLOSED)).toBe("full");
    expect(roleOf(CLOSED.readToken, CLOSED)).toBe("read");
    expect(roleOf("", { ...CLOSED, readToken: "" })).toBeUndefined();
  });
});

describe("wrongName()", () => {
  it("lets the page itself be asked under its own names alone", () => {
    expect(wrongName({ hostname: "evil.example" }, { host: "::1" })?.status).toBe(403);
    expect(wrongName({ hostname: "localhost" }, { host: "::1" })).toBeUndefined();
  });
});

describe("isOwnPage()", () => {
  it("takes silence for consent only where it may", () => {
    const silent = { origin: undefined, host: "localhost:8081", fetchSite: undefined };
    expect(isOwnPage(silent, false)).toBe(true);
    expect(isOwnPage(silent, true)).toBe(false);
    expect(isOwnPage({ ...silent, ...OWN }, true)).toBe(true);
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
