import { describe, expect, it } from "vitest";
import { fileView, viewOf } from "../../src/operate/consumer-views.ts";
import { readPatch } from "../../src/operate/consumer-orders.ts";
import { storedConsumer } from "../support/memory-consumers.ts";

const CONSUMER = storedConsumer("sync", {
  keys: [
    { digest: "a".repeat(64) },
    { digest: "b".repeat(64), untilAt: 2000 },
    { digest: "c".repeat(64), untilAt: 1000 },
  ],
  allow: [
    { methods: ["GET", "POST"], path: "/ticket/**" },
    { methods: [], path: "/user" },
  ],
  maxWaitMs: 1500,
});

describe("viewOf()", () => {
  it("shows terms as they are written, and of keys their ends alone", () => {
    const view = viewOf(CONSUMER, 1000);
    expect(view).toEqual({
      name: "sync",
      source: "store",
      enabled: true,
      weight: 1,
      priority: 3,
      allow: ["GET|POST /ticket/**", "/user"],
      maxWait: "1500ms",
      mayForce: false,
      keys: [{}, { until: "1970-01-01T00:00:02.000Z" }],
      createdAt: "1970-01-01T00:00:01.000Z",
      changedAt: "1970-01-01T00:00:01.000Z",
    });
    expect(JSON.stringify(view)).not.toMatch(/aaaa|bbbb|cccc/);
  });

  it("shows terms that an order takes back", () => {
    const { weight, priority, allow, maxWait, mayForce } = viewOf(CONSUMER, 0);
    const read = readPatch({ weight, priority, allow, maxWait, mayForce });
    expect(read).toMatchObject({ allow: CONSUMER.allow, maxWaitMs: 1500 });
    const most = { limit: 60, windowMs: 1500 };
    const { cap } = viewOf({ ...CONSUMER, cap: most }, 0);
    expect(readPatch({ cap })).toEqual({ cap: most });
  });
});

describe("fileView()", () => {
  it("shows where the consumer is defined, and not its key", () => {
    const terms = { weight: 1, priority: 3, allow: [], mayForce: false };
    const view = fileView({ name: "seed", key: "seed-key-0123", ...terms });
    expect(view).toEqual({ name: "seed", source: "file", enabled: true, ...terms, keys: [{}] });
  });
});
