import { describe, expect, it } from "vitest";
import { orderEvent, storeWords, throttledWords } from "../../src/operate/event-words.ts";
import type { AuditEntry } from "../../src/observe/audit.ts";

const ENTRY = { who: "loopback", address: "", result: "done", at: "" } as const;

describe("storeWords()", () => {
  it("tells of the loss, of the parts, and of the end", () => {
    const changes = [
      { kind: "lost", error: "x" },
      { kind: "apart", processes: 3 },
      { kind: "back" },
    ] as const;
    expect(changes.map((change) => storeWords(change, "api"))).toEqual([
      "The ledger of api is out of reach: nothing is sent",
      "The ledger of api is out of reach: its quota is divided into 3, and this process sends its own part",
      "The ledger of api is back",
    ]);
  });
});

function words(action: AuditEntry["action"], order: AuditEntry["order"]): string {
  return orderEvent({ ...ENTRY, action, order }).words;
}

describe("throttledWords()", () => {
  it("says where, and for how long", () => {
    expect(throttledWords("GET /reports", 12_000)).toBe(
      "Throttled by the upstream on GET /reports, paused 12 s",
    );
    expect(throttledWords(undefined, undefined)).toBe(
      "Throttled by the upstream on an unlisted route, paused",
    );
  });
});

describe("orderEvent()", () => {
  it("is about an upstream's quota where it has paused that", () => {
    const order = { upstream: "api", forMs: 60_000 };
    const pause = { ...ENTRY, action: "pause", order } as const;
    expect(orderEvent(pause)).toMatchObject({ kind: "order", upstream: "api" });
    for (const other of [
      { ...pause, result: "store-unavailable" } as const,
      { ...ENTRY, action: "resume", order: { upstream: "api" } } as const,
    ]) {
      expect(orderEvent(other)).not.toHaveProperty("upstream");
    }
  });

  it("tells each order in words", () => {
    expect([
      words("pause", { upstream: "api", forMs: 60_000 }),
      words("resume", { upstream: "api" }),
      words("reload", {}),
      words("purge", { by: "group", group: "tickets" }),
      words("purge", { by: "url", path: "/a" }),
      words("purge", { by: "everything" }),
      words("warm", { urls: 3 }),
      words("create-consumer", { name: "a" }),
      words("rotate-key", { name: "a" }),
      words("change-consumer", { name: "a", weight: 3, enabled: false }),
      words("remove-consumer", { name: "a" }),
      words("open-gateway", {}),
    ]).toEqual(
      [
        "Paused for 60 s by an operator",
        "Resumed by an operator",
        "Read the configuration anew",
        "Purged the group tickets",
        "Purged the url /a",
        "Purged everything",
        "Warming 3 URLs",
        "Created the consumer a",
        "Made a new key for a",
        "Changed the consumer a: weight 3, disabled",
        "Removed the consumer a",
        "Opened the gateway to everybody",
      ].map((text) => `${text} (loopback)`),
    );
  });

  it("says that an order was not carried out", () => {
    const entry = { ...ENTRY, action: "resume", order: {}, result: "store-unavailable" } as const;
    expect(orderEvent(entry).words).toBe(
      "Resumed by an operator (loopback), but: store-unavailable",
    );
  });
});
