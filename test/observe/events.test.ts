import { describe, expect, it } from "vitest";
import { Events } from "../../src/observe/events.ts";

function world() {
  const lines: unknown[] = [];
  const state = { now: 0 };
  const log = { info: (...line: unknown[]) => void lines.push(line) };
  return { lines, state, events: new Events({ log, clock: { now: () => state.now } }) };
}

describe("Events", () => {
  it("remembers the last two hundred, the newest first", () => {
    const { events, state, lines } = world();
    for (; state.now < 250; state.now += 1)
      events.add({ kind: "store", words: `event ${state.now}` });
    expect(events.recent).toHaveLength(200);
    expect(events.recent[0]).toEqual({ at: 249, kind: "store", words: "event 249" });
    expect(events.recent.at(-1)?.at).toBe(50);
    expect([lines, events.ofQuotas]).toEqual([[], []]);
  });

  it("keeps one event of a pause, the one that tells why, whichever comes first", () => {
    const { events, state, lines } = world();
    const kinds = () => events.recent.map(({ kind, upstream }) => `${kind} ${upstream}`);
    const begins = { kind: "pause-begins", words: "api pauses", upstream: "api" };
    const throttled = { kind: "throttled", words: "Throttled", upstream: "api" };
    events.tell(begins);
    state.now = 1999;
    events.add(throttled);
    events.tell({ ...begins, upstream: "other" });
    expect(kinds()).toEqual(["pause-begins other", "throttled api"]);
    state.now += 1999;
    events.tell(begins);
    expect(kinds()).toEqual(["pause-begins other", "throttled api"]);
    state.now += 1;
    events.tell(begins);
    events.tell({ ...begins, kind: "pause-ends" });
    expect(kinds().slice(0, 2)).toEqual(["pause-ends api", "pause-begins api"]);
    expect(lines).toHaveLength(5);
  });

  it("tells of what happened to a quota in one log line, and remembers it as well", () => {
    const { events, lines } = world();
    events.add({ kind: "order", words: "Purged all" });
    events.tell({ upstream: "api", kind: "limit", words: "learned" });
    expect(lines).toEqual([[{ upstream: "api", quota: "limit" }, "learned"]]);
    expect(events.ofQuotas).toEqual([{ at: 0, upstream: "api", kind: "limit", words: "learned" }]);
    expect(events.recent).toHaveLength(2);
  });
});
