import { describe, expect, it } from "vitest";
import { crossChecks } from "../../src/config/cross-checks.ts";
import { cachePolicy, route, settings, upstream } from "../support/settings.ts";
import type { Consumer, Settings, Upstream } from "../../src/ports/settings.ts";

function consumer(name: string, key = `key-of-${name}`): Consumer {
  return { name, key, weight: 1, priority: 3, allow: [], mayForce: false };
}

function paths(changes: Partial<Settings>): string[] {
  return crossChecks(settings(changes)).map(({ path }) => path);
}

function named(name: string, mount: string): Upstream {
  return upstream({ name, mount });
}

const LOOPBACK = ["127.0.0.1", "127.255.0.9", "::1", "localhost"];
const REACHABLE = ["0.0.0.0", "::", "10.0.0.1", "example.org", "128.0.0.1", "127.example.org"];
const policy = cachePolicy();

describe("crossChecks() of what can be reached from elsewhere", () => {
  it.each(LOOPBACK)("lets an open gateway listen on %s without a token", (host) => {
    expect(paths({ listen: { host, port: 0 }, admin: { host, port: 0, token: "" } })).toEqual([]);
  });

  it.each(REACHABLE)("refuses an open gateway on %s, and an admin port without a token", (host) => {
    const listen = { host, port: 0 };
    expect(paths({ listen })).toEqual(["listen.host"]);
    expect(paths({ listen, consumers: [consumer("a")] })).toEqual([]);
    expect(paths({ listen, open: true })).toEqual([]);
    expect(paths({ admin: { host, port: 0, token: "" }, open: true })).toEqual(["admin.token"]);
    expect(paths({ admin: { host, port: 0, token: "t" } })).toEqual([]);
  });

  it("asks for two tokens where there are readers", () => {
    const host = "127.0.0.1";
    for (const token of ["", "readers"]) {
      const admin = { host, port: 0, token, readToken: "readers" };
      expect(paths({ admin })).toEqual(["admin.readToken"]);
    }
    const admin = { host, port: 0, token: "all", readToken: "readers" };
    expect(paths({ admin })).toEqual([]);
  });
});

describe("crossChecks() of the public address", () => {
  it.each(["https://sluice.example/under", "https://sluice.example/?a=1"])(
    "refuses %s: mounts begin at the root",
    (publicUrl) => {
      const listen = { host: "127.0.0.1", port: 0, publicUrl: new URL(publicUrl) };
      expect(paths({ listen })).toEqual(["listen.publicUrl"]);
    },
  );
});

function at(changes: Parameters<typeof route>[0]) {
  return crossChecks(settings({ upstreams: [upstream({ routes: [route(changes)] })] }));
}

describe("crossChecks() of routes", () => {
  it("refuses one that costs more than a window has", () => {
    expect(at({ cost: 1000 })).toEqual([]);
    expect(at({ cost: 1001 })[0]?.problem).toContain("could never be sent");
  });

  it("refuses one that is stored and invalidates, since a hit would tell nobody", () => {
    const both = { groups: ["a"], invalidates: ["a"], cache: policy };
    expect(at({ groups: ["a"], cache: policy })).toEqual([]);
    expect(at(both).map(({ path }) => path)).toEqual(["upstreams.api.routes"]);
  });

  it.each([
    { methods: ["POST"], refused: true },
    { methods: ["POST"], liberal: true, refused: false },
    { methods: ["PUT", "DELETE"], liberal: true, refused: true },
    { methods: ["GET", "POST"], refused: false },
    { methods: ["HEAD"], refused: false },
    { methods: [], refused: false },
  ])("judges a cache for $methods, liberal: $liberal", ({ methods, liberal = false, refused }) => {
    const cached = route({ name: "a route", match: { methods, path: "/x" }, cache: policy });
    const found = crossChecks(settings({ upstreams: [upstream({ liberal, routes: [cached] })] }));
    expect(found).toMatchObject(
      refused ? [{ path: "upstreams.api.routes", found: "a route" }] : [],
    );
  });
});

describe("crossChecks() of keys", () => {
  it("refuses the app key as a consumer's, and one key for two, showing neither", () => {
    const problems = crossChecks(
      settings({
        consumers: [consumer("a", "sim-key"), consumer("b", "same-key"), consumer("c", "same-key")],
      }),
    );
    expect(problems.map(({ path, problem }) => `${path} ${problem}`)).toEqual([
      "consumers.a.key is the API's own app key",
      "consumers.c.key is the same as that of b",
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/sim-key|same-key/);
  });

  it("refuses acceptAppKeyAs that names no consumer, and does not show it: it could be the key", () => {
    const problems = crossChecks(
      settings({ acceptAppKeyAs: "sim-key", consumers: [consumer("a")] }),
    );
    expect(problems).toMatchObject([{ path: "acceptAppKeyAs", remedy: "Name one of: a." }]);
    expect(JSON.stringify(problems)).not.toContain("sim-key");
    expect(paths({ acceptAppKeyAs: "a", consumers: [consumer("a")] })).toEqual([]);
    expect(paths({ acceptAppKeyAs: "a" })).toEqual(["acceptAppKeyAs"]);
  });
});

describe("crossChecks() of upstreams", () => {
  it("wants at least one", () => {
    expect(paths({ upstreams: [] })).toEqual(["upstreams"]);
  });

  it("refuses one mount for two, and lets one lie within another", () => {
    expect(paths({ upstreams: [named("a", "/api"), named("b", "/api")] })).toEqual([
      "upstreams.b.mount",
    ]);
    expect(
      paths({ upstreams: [named("a", "/api"), named("b", "/api/v2"), named("c", "")] }),
    ).toEqual([]);
  });

  it.each([
    [999, []],
    [1000, ["upstreams.api.quotas.1.pad"]],
    [2000, ["upstreams.api.quotas.1.pad"]],
  ])("compares a pad of %i ms with a window of 1000 ms", (padMs, expected) => {
    const quotas = [
      { name: "api", limit: 1, windowMs: 60_000, padMs },
      { name: "api-2", limit: 1, windowMs: 1000, padMs },
    ];
    expect(paths({ upstreams: [upstream({ quotas })] })).toEqual(expected);
  });

  it.each([
    { name: "an override without a lifetime", cache: { ...policy, override: true }, found: "/x" },
    { name: "an override with one", cache: { ...policy, override: true, lifetimeMs: 1 } },
    { name: "a cache that obeys the origin", cache: policy },
  ])("judges $name", ({ cache, found }) => {
    const problems = crossChecks(
      settings({ upstreams: [upstream({ routes: [route({ name: "/x", cache })] })] }),
    );
    expect(problems.map((problem) => problem.found)).toEqual(found === undefined ? [] : [found]);
  });

  it("refuses to invalidate a group that no route of the same upstream has", () => {
    const reads = route({ name: "GET /a", groups: ["a"] });
    const writes = route({ name: "PUT /a", invalidates: ["a", "typo"] });
    const [problem, ...others] = crossChecks(
      settings({ upstreams: [upstream({ routes: [writes, reads] })] }),
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: "upstreams.api.routes", found: "PUT /a" });
    expect(problem?.problem).toContain("typo");
    expect(problem?.remedy).toContain("a.");
    const apart = [upstream({ routes: [route({ invalidates: ["a"] })] })];
    const other = upstream({ name: "other", mount: "/o", routes: [reads] });
    expect(paths({ upstreams: [...apart, other] })).toEqual(["upstreams.api.routes"]);
  });
});

describe("crossChecks() of what is passed on", () => {
  it("refuses coded bodies where a key could hide in them (P9)", () => {
    expect(paths({ upstreams: [upstream({ coding: "pass" })] })).toEqual(["upstreams.api.coding"]);
    expect(paths({ upstreams: [upstream({ coding: "pass", keys: [] })] })).toEqual([]);
  });

  it("refuses a parameter that a route knows and ignores", () => {
    const query = { known: ["a", "b"], ignored: ["b", "c"], sorted: false };
    expect(at({ query }).map(({ problem }) => problem)).toEqual([
      "both knows and ignores the parameter b",
    ]);
    expect(at({ query: { ignored: ["b"], sorted: true } })).toEqual([]);
  });

  it.each([
    { name: "neither", changes: {}, expected: [] },
    { name: "a key", keys: upstream().keys, changes: {}, expected: ["upstreams.api.varyFields"] },
    {
      name: "consumers",
      changes: { consumers: [consumer("a")] },
      expected: ["upstreams.api.varyFields"],
    },
  ])(
    "lets clients' Authorization be named where there is $name: $expected",
    ({ changes, keys = [], expected }) => {
      const api = upstream({ keys, varyFields: ["authorization"] });
      expect(paths({ upstreams: [api], ...changes })).toEqual(expected);
    },
  );
});

describe("crossChecks()", () => {
  it("finds nothing wrong with several workers, and everything at once otherwise", () => {
    expect(crossChecks(settings())).toEqual([]);
    expect(paths({ workers: 2 })).toEqual([]);
    expect(
      paths({
        listen: { host: "::", port: 0 },
        admin: { host: "::", port: 0, token: "" },
        acceptAppKeyAs: "nobody",
      }),
    ).toEqual(["listen.host", "admin.token", "acceptAppKeyAs"]);
  });
});
