import { describe, expect, it } from "vitest";
import { directoryOf } from "../../src/identify/directory.ts";
import { suppose } from "../../src/identify/suppose.ts";
import { route, settings, upstream } from "../support/settings.ts";
import type { Consumer } from "../../src/ports/settings.ts";

const SYNC: Consumer = {
  name: "sync",
  key: "key-of-sync",
  weight: 3,
  priority: 2,
  allow: [{ methods: ["GET"], path: "/ticket/**" }],
  maxWaitMs: 5000,
  mayForce: true,
};
const API = upstream({ routes: [route({ name: "GET /ticket/**" })] });
const DIRECTORY = directoryOf(settings({ upstreams: [API], consumers: [SYNC] }), () => 0);
const PLAIN = {
  method: "GET",
  upstream: API,
  path: "/ticket/5",
  query: "",
  fields: [],
  consumer: "sync",
};

describe("suppose()", () => {
  it("identifies a request by the name of its consumer, as its key would", () => {
    const { asked, refused } = suppose(PLAIN, DIRECTORY);
    expect(refused).toBeUndefined();
    expect(asked).toMatchObject({
      caller: { name: "sync", weight: 3, mayForce: true },
      route: { name: "GET /ticket/**" },
      waitMs: 5000,
      urgency: 2,
    });
  });

  it("takes wait and urgency from fields, and credentials out of them", () => {
    const fields = ["Prefer", "wait=1", "Priority", "u=6", "Authorization", "Bearer s3cret"];
    const { asked } = suppose({ ...PLAIN, fields, query: "?apikey=s3cret&a=1" }, DIRECTORY);
    expect(asked).toMatchObject({ waitMs: 1000, urgency: 6, query: "?a=1" });
    expect(JSON.stringify(asked)).not.toContain("s3cret");
  });

  it("says who would not be let in", () => {
    expect(suppose({ ...PLAIN, method: "POST" }, DIRECTORY).refused).toBe("not-allowed");
    const { key: _, ...terms } = SYNC;
    const keys = [{ digest: "" }];
    const disabled = { ...terms, enabled: false, keys, createdAt: 0, changedAt: 0 };
    const directory = directoryOf(settings({ upstreams: [API] }), () => 0);
    expect(suppose(PLAIN, directory).refused).toBeUndefined();
    directory.update({ version: 1, gate: "closed", consumers: [disabled], damaged: [] });
    expect(suppose(PLAIN, directory).refused).toBe("disabled");
    directory.update({ version: 2, gate: "closed", consumers: [], damaged: [] });
    expect(suppose(PLAIN, directory).refused).toBe("unknown");
  });

  it("asks as the operator where nobody is named, who may ask for everything", () => {
    const { asked, refused } = suppose({ ...PLAIN, method: "PUT", consumer: undefined }, DIRECTORY);
    expect(refused).toBeUndefined();
    expect(asked).toMatchObject({ caller: { name: "operator", weight: 1 }, waitMs: 30_000 });
  });
});
