import { describe, expect, it } from "vitest";
import { changedPaths, needRestart, toldPaths } from "../../src/config/changes.ts";
import { route, settings, upstream } from "../support/settings.ts";

const ONE = { name: "one", key: "key-of-one", weight: 1, priority: 3, allow: [], mayForce: false };

describe("changedPaths()", () => {
  it("names what differs as the file writes it, upstreams and consumers by name", () => {
    const before = settings({ upstreams: [upstream()], consumers: [ONE], drainMs: 1 });
    const changed = upstream({
      queue: { maxWaitMs: 1, maxLength: 1000 },
      url: new URL("http://other.example/api"),
      routes: [route()],
    });
    const after = settings({
      upstreams: [upstream({ name: "new" }), changed],
      consumers: [{ ...ONE, key: "another-key" }],
      drainMs: 2,
    });
    expect(changedPaths(before, after).toSorted()).toEqual([
      "consumers.one.key",
      "drain",
      "upstreams.api.queue.maxWait",
      "upstreams.api.routes.0",
      "upstreams.api.url",
      "upstreams.new",
    ]);
    expect(changedPaths(after, settings({ ...after, upstreams: [changed] }))).toEqual([
      "upstreams.new",
    ]);
    expect(changedPaths(before, settings({ ...before }))).toEqual([]);
  });
});

describe("needRestart()", () => {
  it("lets through what is known to change live, and nothing else", () => {
    const live = ["upstreams.api.url", "consumers.one", "drain", "log.level", "listen.publicUrl"];
    const fixed = [
      "listen.port",
      "admin.token",
      "store.prefix",
      "log.pretty",
      "limits.fieldBytes",
      "upstreams.a.shadow.quotas",
    ];
    expect(needRestart([...live, ...fixed, "whatever.comes", "drainage"])).toEqual([
      ...fixed,
      "whatever.comes",
      "drainage",
    ]);
  });
});

describe("toldPaths()", () => {
  it("tells fifty of many, and how many more", () => {
    const many = Array.from({ length: 60 }, (_, index) => `p${index}`);
    expect(toldPaths(many).slice(49)).toEqual(["p49", "and 10 more"]);
    expect(toldPaths(["a"])).toEqual(["a"]);
  });
});
