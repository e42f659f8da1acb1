import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { directoryOf } from "../../src/identify/directory.ts";
import { Identifier, type Incoming } from "../../src/identify/identify.ts";
import { WrongKeys } from "../../src/identify/wrong-keys.ts";
import { Problem } from "../../src/http/problem.ts";
import { storedConsumer } from "../support/memory-consumers.ts";
import { route, settings, upstream } from "../support/settings.ts";
import type { Consumer, Settings } from "../../src/ports/settings.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

const SYNC: Consumer = {
  name: "sync",
  key: "sync-key",
  weight: 3,
  priority: 5,
  allow: [{ methods: ["GET"], path: "/ticket/**" }],
  maxWaitMs: 20_000,
  mayForce: true,
};

function asked(changes: Partial<Incoming> = {}, given: Partial<Settings> = {}) {
  const identifier = new Identifier(settings({ consumers: [SYNC], ...given }));
  return identifier.identify({
    method: "GET",
    target: "/api/ticket/5?a=1&apikey=sync-key",
    fields: [],
    address: "127.0.0.1",
    hasBody: false,
    ...changes,
  });
}

function problemOf(changes: Partial<Incoming> = {}, given: Partial<Settings> = {}): Problem {
  try {
    asked(changes, given);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
}

function wrongOnes(count: number): string {
  return Array.from({ length: count }, (_, nth) => `apikey=wrong-${nth}&`).join("");
}

describe("identify()", () => {
  it("counts a good key that comes behind several wrong ones, and none behind one or two", () => {
    const wrongKeys = new WrongKeys({ most: () => 2, now: () => 0 });
    const identifier = new Identifier(settings({ consumers: [SYNC] }), undefined, wrongKeys);
    const ask = (count: number): string =>
      identifier.identify({
        method: "GET",
        target: `/api/ticket/5?${wrongOnes(count)}apikey=sync-key`,
        fields: [],
        address: "10.0.0.1",
        hasBody: false,
      }).caller.name;
    for (let nth = 0; nth < 5; nth += 1) expect(ask(2)).toBe("sync");
    expect([ask(3), ask(3)]).toEqual(["sync", "sync"]);
    expect(() => ask(3)).toThrow(expect.objectContaining({ type: "too-many-wrong-keys" }));
    expect(ask(0)).toBe("sync");
  });

  it("tells who asks for what, and keeps no credential", () => {
    const fields = ["Connection", "X-Hop", "X-Hop", "1", "X-A", "1"];
    const result = asked({ fields });
    expect(result).toMatchObject({
      method: "GET",
      path: "/ticket/5",
      query: "?a=1",
      fields: ["X-A", "1"],
      caller: { name: "sync", weight: 3, mayForce: true },
      urgency: 5,
      waitMs: 20_000,
    });
    const { upstream: _configured, ...rest } = result;
    expect(JSON.stringify(rest)).not.toContain("sync-key");
  });

  it("lets a client's Authorization reach a keyless upstream that names it, and a consumer's never", () => {
    const fields = ["Authorization", "Bearer sync-key"];
    const upstreams = [upstream({ keys: [], varyFields: ["*"] })];
    const open = asked({ fields }, { upstreams, consumers: [] });
    expect(open.fields).toEqual(fields);
    const known = asked({ fields }, { upstreams });
    expect([known.caller.name, known.fields]).toEqual(["sync", []]);
  });

  it.each([
    [{ target: "/api/ticket/5" }, "unknown-consumer", "Send this service's consumer key"],
    [{ target: "/api/ticket/5?apikey=wrong" }, "unknown-consumer", "not the API's app key"],
    [{ target: "/api/ticket/5?apikey=sim-key" }, "unknown-consumer", "not the API's app key"],
    [{ target: "/api/user/5?apikey=sync-key" }, "not-allowed", "may not GET /user/5"],
    [{ method: "DELETE" }, "not-allowed", "may not DELETE"],
    [{ target: "/elsewhere" }, "no-such-mount", "/api"],
    [{ target: "/apiary" }, "no-such-mount", "/api"],
    [{ method: "TRACE" }, "method-not-allowed", "TRACE"],
    [{ method: "CONNECT" }, "method-not-allowed", "CONNECT"],
    [{ hasBody: true }, "bad-request", "GET with a body"],
    [{ hasBody: true, method: "HEAD" }, "bad-request", "HEAD with a body"],
    [{ target: "/api//ticket" }, "bad-request", "empty segment"],
  ])("refuses %j: %s", (changes, type, text) => {
    const problem = problemOf(changes);
    expect(problem.type).toBe(type);
    expect(problem.details.detail).toContain(text);
    expect(JSON.stringify(problem.details)).not.toMatch(/sync-key|sim-key/);
  });

  it.each([
    [{ enabled: false, untilAt: 5 }, "has been disabled"],
    [{ enabled: true, untilAt: 1 }, "has been replaced"],
  ])(
    "tells whoever has a key that was valid once why it is not: %j",
    ({ enabled, untilAt }, text) => {
      const given = settings({ consumers: [SYNC] });
      const directory = directoryOf(given, () => 1);
      const digest = createHash("sha256").update("made-key").digest("hex");
      const made = storedConsumer("made", { keys: [{ digest, untilAt }], enabled });
      directory.update({ version: 1, gate: "closed", consumers: [made], damaged: [] });
      const target = "/api/ticket/5?apikey=made-key";
      const request = { method: "GET", target, fields: [], address: "", hasBody: false };
      const ask = () => new Identifier(given, directory).identify(request);
      expect(ask).toThrow(text);
      expect(ask).toThrow(expect.objectContaining({ type: "unknown-consumer" }) as Error);
    },
  );

  it("accepts the real app key as a consumer only while services move over", () => {
    const incoming = { target: "/api/ticket/5?apikey=sim-key" };
    expect(asked(incoming, { acceptAppKeyAs: "sync" }).caller.name).toBe("sync");
  });

  it("takes anybody where nobody is configured, by name", () => {
    const open = { consumers: [] };
    const fields = ["Sluice-Consumer", "mailer"];
    expect(asked({ fields, method: "DELETE" }, open).caller).toEqual({
      name: "mailer",
      weight: 1,
      mayForce: false,
    });
  });

  it("waits no longer than upstream, consumer and request allow, the tightest of the three", () => {
    const prefer = (wait: string) => asked({ fields: ["Prefer", `wait=${wait}`] }).waitMs;
    expect([prefer("5"), prefer("500"), prefer("0")]).toEqual([5000, 20_000, 0]);
    const short = upstream({ queue: { maxWaitMs: 1000, maxLength: 1 } });
    expect(asked({}, { upstreams: [short] }).waitMs).toBe(1000);
  });

  it("takes the request's own urgency before the consumer's", () => {
    expect(asked({ fields: ["Priority", "u=1"] }).urgency).toBe(1);
    expect(asked({ fields: ["Priority", "u=9"] }).urgency).toBe(5);
    expect(asked({}, { consumers: [] }).urgency).toBe(3);
  });

  it("finds the mount within another mount, and the first route that matches below it", () => {
    const listed = route({ name: "tickets", match: { methods: ["GET"], path: "/ticket/:id" } });
    const upstreams = [
      upstream({ name: "outer", mount: "" }),
      upstream({ name: "inner", routes: [listed, route()] }),
    ];
    const open = { upstreams, consumers: [] };
    expect(asked({}, open)).toMatchObject({ upstream: { name: "inner" }, route: listed });
    const outer = asked({ target: "/other" }, open);
    expect(outer).toMatchObject({ upstream: { name: "outer" }, path: "/other", route: undefined });
    expect(asked({ target: "/api" }, open)).toMatchObject({
      path: "",
      upstream: { name: "inner" },
    });
  });

  it("refuses a form that takes the key and was not read whole: what is in it would be passed on (P9)", () => {
    const upstreams = [upstream({ keys: [{ in: "form", name: "apikey", value: "sim-key" }] })];
    const fields = ["Content-Type", "application/x-www-form-urlencoded"];
    const large = { method: "POST", hasBody: true, fields };
    expect(problemOf(large, { upstreams }).type).toBe("body-too-large");
    const other = { ...large, fields: ["Content-Type", "application/json"] };
    expect(asked(other, { upstreams, consumers: [] }).form).toBeUndefined();
  });

  it("finds the key in a form where the upstream's would be, and hands the rest on", () => {
    const formed = upstream({ keys: [{ in: "form", name: "apikey", value: "sim-key" }] });
    const result = asked(
      {
        target: "/api/ticket/5",
        fields: ["Content-Type", `${FORM_TYPE}; charset=utf-8`],
        form: Buffer.from("a=1&apikey=sync-key"),
      },
      { upstreams: [formed] },
    );
    expect(Buffer.from(result.form ?? "").toString()).toBe("a=1");
    expect(result.caller.name).toBe("sync");
  });

  it.each([
    { body: "of another type", type: "text/plain", place: "form" },
    { body: "of an upstream without form keys", type: FORM_TYPE, place: "header" },
  ] as const)("looks for no key in a body $body", ({ type, place }) => {
    const keyed = upstream({ keys: [{ in: place, name: "apikey", value: "sim-key" }] });
    const changes = { fields: ["Content-Type", type], form: Buffer.from("apikey=sync-key") };
    const target = "/api/ticket/5";
    const problem = problemOf({ ...changes, target }, { upstreams: [keyed] });
    expect(problem.type).toBe("unknown-consumer");
    const open = { upstreams: [keyed], consumers: [] };
    const { form } = asked({ ...changes, target }, open);
    expect(form && Buffer.from(form).toString()).toBe(
      type === FORM_TYPE ? "apikey=sync-key" : undefined,
    );
  });

  it("takes a method override out of any form that was read whole, and nothing else", () => {
    const keyed = upstream({ keys: [{ in: "header", name: "apikey", value: "sim-key" }] });
    const form = Buffer.from("a=1&_method=DELETE&b=%20x");
    const posted = { method: "POST", target: "/api/ticket/5", hasBody: true };
    const open = { upstreams: [keyed], consumers: [] };
    const read = asked({ ...posted, fields: ["Content-Type", FORM_TYPE], form }, open);
    expect(read.form && Buffer.from(read.form).toString()).toBe("a=1&b=%20x");
    expect(asked({ ...posted, fields: ["Content-Type", FORM_TYPE] }, open).form).toBeUndefined();
  });
});

describe("mount()", () => {
  it("takes other upstreams, the longest mount first, and keeps the names of callers", () => {
    const identifier = new Identifier(settings({ upstreams: [upstream({ mount: "" })] }));
    const ask = (target: string, fields: string[] = []) =>
      identifier.identify({ method: "GET", target, fields, address: "::1", hasBody: false });
    const names = Array.from({ length: 100 }, (_, index) => `caller-${index}`);
    for (const name of names) ask("/x", ["Sluice-Consumer", name]);
    identifier.mount([upstream({ mount: "/a" }), upstream({ name: "ab", mount: "/a/b" })]);
    expect(ask("/a/b/c").upstream.name).toBe("ab");
    expect(() => ask("/x")).toThrow(Problem);
    expect(ask("/a/x", ["Sluice-Consumer", "one-too-many"]).caller.name).toBe("other");
    expect(ask("/a/x", ["Sluice-Consumer", "caller-0"]).caller.name).toBe("caller-0");
  });
});
