import { describe, expect, it } from "vitest";
import {
  comeAgainMs,
  deadlineProblem,
  drainingProblem,
  hopelessProblem,
  predictedSeconds,
  refusalProblem,
  storeLostProblem,
} from "../../src/schedule/refusals.ts";
import { terms } from "../support/ledger-world.ts";

function situation(waiting: number, pausedForMs = 0) {
  return { outlook: { standings: [], waiting, pausedForMs }, terms: terms({ maxWaiting: 7 }) };
}

/** Ten wait, and so much of the window is used. */
function at(used: number) {
  const { outlook, terms: rule } = situation(10);
  const standings = [{ quota: "test", used, resetInMs: 5000 }];
  return { outlook: { ...outlook, standings }, terms: rule };
}

describe("predictedSeconds()", () => {
  it("is the line at the pace, after the pause, rounded up and never nought", () => {
    expect(predictedSeconds(situation(0))).toBe(1);
    expect(predictedSeconds(situation(10))).toBe(4);
    expect(predictedSeconds(situation(10, 3000))).toBe(7);
  });

  it("is what is foreseen for the request, where that is known, and never less than the pause", () => {
    const foresight = { place: 1, waitMs: 8001, boundMs: 9000 };
    expect(predictedSeconds({ ...situation(10), foresight })).toBe(9);
    expect(predictedSeconds({ ...situation(10, 30_000), foresight })).toBe(30);
  });

  it("begins when a window that cannot take all who wait has room again", () => {
    expect([9, 10, 20].map((used) => predictedSeconds(at(used)))).toEqual([4, 9, 9]);
  });

  it("is later for one that may not wait for a turn when it comes again", () => {
    const again = { turnMs: 2000, clearMs: 20_000 };
    const foresight = { place: 1, waitMs: 8001, boundMs: 9000, again };
    const seconds = [0, 500, 2000].map((mayWaitMs) =>
      predictedSeconds({ ...situation(10), foresight }, mayWaitMs),
    );
    expect(seconds).toEqual([20, 20, 9]);
  });
});

describe("refusalProblem()", () => {
  it("is 429 with Retry-After where the line is full, 400 where the cost can never be paid", () => {
    const full = refusalProblem("queue-full", situation(7));
    expect([full.status, full.details.retryAfterSeconds]).toEqual([429, 3]);
    expect(refusalProblem("cost", situation(0)).status).toBe(400);
  });
});

describe("hopelessProblem() and deadlineProblem()", () => {
  const foresight = { place: 7, waitMs: 12_000, boundMs: 20_000, heldBy: "route:reports" };

  it("name the inner quota that holds a request back", () => {
    const hopeless = hopelessProblem(foresight, 5000);
    expect(hopeless.message).toContain("What holds it back is the route limit reports.");
    expect(hopeless.details.members).toMatchObject({ policy: "route:reports" });
    const late = deadlineProblem(5000, { ...situation(3), foresight });
    expect(late.message).toContain("the route limit reports had no room");
    expect(late.details.members).toMatchObject({ policy: "route:reports" });
  });

  it("name none where the upstream's own quota does, or a pause", () => {
    const { heldBy: _, ...free } = foresight;
    expect(hopelessProblem(free, 5000).details.members).not.toHaveProperty("policy");
    const paused = deadlineProblem(5000, { ...situation(3, 9000), foresight });
    expect(paused.message).toContain("a pause");
    expect(paused.details.members).not.toHaveProperty("policy");
  });
});

describe("hopelessProblem()", () => {
  it("tells the place, the predicted wait and when to come again, rounded up", () => {
    const foresight = { place: 7, waitMs: 12_000.4, boundMs: 20_000 };
    const { type, details, message } = hopelessProblem(foresight, 5000);
    expect([type, details.retryAfterSeconds]).toEqual(["deadline-passed", 13]);
    expect(details.members).toEqual({ place: 7, predictedMs: 12_001 });
    expect(message).toContain("it may wait 5000 ms");
    expect(hopelessProblem(foresight, 0).message).toContain("it may not wait");
  });

  it("asks to come when the line has gone who may not wait for a turn of its share", () => {
    const again = { turnMs: 4000, clearMs: 30_000 };
    const foresight = { place: 7, waitMs: 12_000, boundMs: 20_000, again };
    const seconds = [-5, 0, 3000, 4000].map(
      (leftMs) => hopelessProblem(foresight, leftMs).details.retryAfterSeconds,
    );
    expect(seconds).toEqual([30, 30, 27, 12]);
    const soon = { ...foresight, again: { turnMs: 4000, clearMs: 100 } };
    expect(comeAgainMs(soon, 0)).toBe(12_000);
  });
});

describe("deadlineProblem()", () => {
  it("says how long it waited and for what", () => {
    expect(deadlineProblem(501.2, situation(3)).message).toContain("501 ms");
    expect(deadlineProblem(1, situation(3, 900)).message).toContain("pause");
  });
});

describe("storeLostProblem() and drainingProblem()", () => {
  it("are 503 and ask to come again", () => {
    for (const problem of [storeLostProblem(0), drainingProblem()]) {
      expect(problem.status).toBe(503);
      expect(problem.details.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    }
  });

  it("say that the quota is divided meanwhile where this process's part is what lacks room", () => {
    const apart = { ...situation(3), apart: { processes: 5 } };
    expect(refusalProblem("apart", apart)).toMatchObject({
      status: 503,
      type: "store-unavailable",
    });
    expect(refusalProblem("apart", apart).message).toContain("among 5 processes");
    expect(deadlineProblem(1, apart).message).toContain("this instance's part of the quota");
  });

  it("ask nobody to come before a store that has just returned may grant, nor during a pause", () => {
    const seconds = [0, 7001].map((ms) => storeLostProblem(ms).details.retryAfterSeconds);
    expect(seconds).toEqual([3, 8]);
  });
});
