import { describe, expect, it } from "vitest";
import { Events } from "../../src/observe/events.ts";

describe("Events", () => {
  it("remembers the last two hundred, the newest first", () => {
    let now = 0;
    const events = new Events({ now: () => now });
    for (; now < 250; now += 1) events.add({ kind: "store", words: `event ${now}` });
    expect(events.recent).toHaveLength(200);
    expect(events.recent[0]).toEqual({ at: 249, kind: "store", words: "event 249" });
    expect(events.recent.at(-1)?.at).toBe(50);
  });
});
