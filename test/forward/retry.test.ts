import { describe, expect, it } from "vitest";
import { mayRetry, pauseOf } from "../../src/forward/retry.ts";

const POST = { method: "POST", safeRoute: false, idempotencyKey: false, replayable: true };
const KEYED = { ...POST, idempotencyKey: true };
const GET = { ...POST, method: "GET" };
const SAFE_GET = { ...GET, safeRoute: true };

describe("mayRetry()", () => {
  it.each(["not-departed", "unreachable", "connect-timeout"] as const)(
    "sends anything again that never left: %s",
    (fault) => {
      expect(mayRetry({ ...POST, fault })).toBe(true);
    },
  );

  it.each(["timeout", "broken"] as const)(
    "sends nothing again that may have been processed (P3), unless it may be repeated: %s",
    (fault) => {
      const may = [POST, GET, { ...POST, safeRoute: true }, KEYED, SAFE_GET].map((retry) =>
        mayRetry({ ...retry, fault }),
      );
      expect(may).toEqual([false, false, false, true, true]);
    },
  );

  it("sends nothing again where another try would bring the same", () => {
    const may = [POST, GET, KEYED, SAFE_GET].map((one) => mayRetry({ ...one, fault: "unproven" }));
    expect(may).toEqual([false, false, false, false]);
  });

  it("sends nothing again whose body is gone", () => {
    const gone = { ...KEYED, replayable: false };
    expect([
      mayRetry({ ...gone, fault: "unreachable" }),
      mayRetry({ ...gone, fault: "broken" }),
    ]).toEqual([false, false]);
  });
});

describe("pauseOf()", () => {
  it.each([
    [3000, 3050],
    [0, undefined],
    [1, 51],
    [999_000, 60_000],
    [undefined, undefined],
  ])("of %s ms is %s ms", (said, expected) => {
    expect(pauseOf(said, { maxMs: 60_000, marginMs: 50 })).toBe(expected);
  });
});
