import { describe, expect, it } from "vitest";
import { readCreate, readGate, readPatch, readRotate } from "../../src/operate/consumer-orders.ts";

describe("readCreate()", () => {
  it("fills in the defaults of the configuration", () => {
    expect(readCreate({ name: "sync" })).toEqual({
      name: "sync",
      terms: { weight: 1, priority: 3, allow: [], mayForce: false },
    });
  });

  it("reads what the configuration reads", () => {
    const body = { name: "a.b-c", weight: "5", priority: 0, allow: ["GET /a"], maxWait: "1.5s" };
    expect(readCreate({ ...body, mayForce: true })).toEqual({
      name: "a.b-c",
      terms: {
        weight: 5,
        priority: 0,
        allow: [{ methods: ["GET"], path: "/a" }],
        maxWaitMs: 1500,
        mayForce: true,
      },
    });
  });

  it.each([
    [undefined, ""],
    [[], ""],
    ["sync", ""],
    [{}, "name"],
    [{ name: "" }, "name"],
    [{ name: "#version" }, "name"],
    [{ name: "a b" }, "name"],
    [{ name: "a/b" }, "name"],
    [{ name: "x".repeat(65) }, "name"],
    [{ name: "a", weight: 0 }, "weight"],
    [{ name: "a", weight: 1001 }, "weight"],
    [{ name: "a", priority: 8 }, "priority"],
    [{ name: "a", allow: ["get /a"] }, "allow.0"],
    [{ name: "a", allow: "GET /a" }, "allow"],
    [{ name: "a", allow: Array.from({ length: 51 }, () => "/a") }, "allow"],
    [{ name: "a", allow: [`/${"x".repeat(200)}`] }, "allow"],
    [{ name: "a", maxWait: "11m" }, "maxWait"],
    [{ name: "a", key: "chosen-by-me" }, "key"],
    [{ name: "a", enabled: false }, "enabled"],
  ])("refuses %j", (body, place) => {
    const read = readCreate(body);
    expect(read).toEqual({ refused: expect.stringContaining(place) as unknown });
    expect(JSON.stringify(read)).not.toContain("chosen-by-me");
  });
});

describe("readPatch()", () => {
  it("reads what is given, and has no default for the rest", () => {
    expect(readPatch({ enabled: false })).toEqual({ enabled: false });
    expect(readPatch({ weight: 3, allow: [], maxWait: "0" })).toEqual({
      weight: 3,
      allow: [],
      maxWaitMs: 0,
    });
    expect(readPatch({ maxWait: null, mayForce: false, priority: 7 })).toEqual({
      maxWaitMs: null,
      mayForce: false,
      priority: 7,
    });
    expect(readPatch({ cap: null })).toEqual({ cap: null });
    const cap = { limit: "60", window: "1m" };
    expect(readPatch({ cap })).toEqual({ cap: { limit: 60, windowMs: 60_000 } });
    expect(readPatch({ cap: { limit: 0, window: "1m" } })).toHaveProperty("refused");
    expect(readCreate({ name: "a", cap })).toMatchObject({
      terms: { cap: { limit: 60, windowMs: 60_000 } },
    });
  });

  it.each([undefined, {}, { name: "b" }, { key: "k" }, { weight: 1.5 }, { allow: ["x"] }])(
    "refuses %j",
    (body) => {
      expect(readPatch(body)).toHaveProperty("refused");
    },
  );

  it("bounds the allow-list", () => {
    expect(readPatch({ allow: Array.from({ length: 51 }, () => "/a") })).toHaveProperty("refused");
  });
});

describe("readRotate()", () => {
  it("lets both keys be valid for a day unless it says otherwise", () => {
    expect(readRotate({})).toEqual({ overlapMs: 86_400_000 });
    expect(readRotate({ overlap: "0" })).toEqual({ overlapMs: 0 });
    expect(readRotate({ overlap: "30d" })).toEqual({ overlapMs: 30 * 86_400_000 });
  });

  it.each([undefined, { overlap: "31d" }, { overlap: 5 }, { key: "mine" }])(
    "refuses %j",
    (body) => {
      expect(readRotate(body)).toHaveProperty("refused");
    },
  );
});

describe("readGate()", () => {
  it("opens and does nothing else", () => {
    expect(readGate({ open: true })).toEqual({ open: true });
    for (const body of [undefined, {}, { open: false }, { open: true, closed: true }]) {
      expect(readGate(body)).toHaveProperty("refused");
    }
  });
});
