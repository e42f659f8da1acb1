import { describe, expect, it } from "vitest";
import { effective, writtenName } from "../../src/config/effective.ts";
import { cachePolicy, route, settings, upstream } from "../support/settings.ts";

describe("effective()", () => {
  it("has the file's names, units and patterns, and hides what is secret", () => {
    const cached = route({
      name: "GET /a/**",
      match: { methods: ["GET"], path: "/a/**" },
      cache: cachePolicy({ lifetimeMs: 1500 }),
    });
    const api = upstream({
      routes: [cached],
      ca: "PEM",
      queue: { maxWaitMs: 120_000, maxLength: 9 },
      learn: {
        enabled: true,
        floor: { unit: "percent", value: 10 },
        ceiling: { unit: "units", value: 300 },
        forgetMs: 1000,
      },
    });
    const told = effective(
      settings({
        upstreams: [api],
        admin: { host: "::1", port: 1, token: "a-token" },
        store: { ...settings().store, redis: "rediss://user:pass@word@host:1" },
        drainMs: 0,
      }),
    );
    expect(told).toMatchObject({
      drain: "0s",
      admin: { token: "(hidden)" },
      upstreams: {
        api: {
          url: "http://upstream.example/api",
          keys: [{ in: "query", name: "apikey", value: "(hidden)" }],
          queue: { maxWait: "2m", maxLength: 9 },
          ca: "(certificates)",
          learn: { enabled: true, floor: "10%", ceiling: 300, forget: "1s" },
          routes: [{ match: "GET /a/**", cache: { lifetime: "1500ms", maxStored: "1MB" } }],
        },
      },
    });
    expect(JSON.stringify(told)).not.toMatch(/sim-key|a-token|pass@/);
  });
});

const withReplayBytes = (replayBytes: number) =>
  effective(settings({ limits: { ...settings().limits, replayBytes } }))["limits"];

it("effective() writes sizes with the unit that divides them", () => {
  for (const [bytes, text] of [
    [2 ** 28, "256MiB"],
    [64_000, "64kB"],
    [1234, "1234B"],
    [0, "0B"],
  ] as const) {
    expect(withReplayBytes(bytes)).toMatchObject({ replayBytes: text });
  }
});

describe("writtenName()", () => {
  it("is without the unit", () => {
    expect(["maxWaitMs", "maxStoredBytes", "fieldBytes"].map(writtenName)).toEqual([
      "maxWait",
      "maxStored",
      "fieldBytes",
    ]);
  });
});
