import { describe, expect, it } from "vitest";
import { Warming, type WarmErrand, type WarmResult } from "../../src/store/warm.ts";

/** A warm-up whose every errand waits until the test says how it went. */
function steered() {
  const begun: { errand: WarmErrand; signal: AbortSignal; end: (result: WarmResult) => void }[] =
    [];
  const waiting: (() => void)[] = [];
  const warming = new Warming(
    (errand, signal) => {
      const { promise, resolve } = Promise.withResolvers<WarmResult>();
      begun.push({ errand, signal, end: resolve });
      waiting.shift()?.();
      return promise;
    },
    () => {},
  );
  /** Resolves when errand number `count` has begun. */
  const reached = async (count: number): Promise<void> => {
    while (begun.length < count) {
      const next = Promise.withResolvers<void>();
      waiting.push(next.resolve);
      await next.promise;
    }
  };
  return { warming, begun, reached };
}

describe("Warming", () => {
  it("asks for one URL at a time, and tells how far it is", async () => {
    const { warming, begun, reached } = steered();
    const first = warming.start([{ target: "/api/a" }, { target: "/api/b", consumer: "sync" }]);
    const second = warming.start([{ target: "/api/c" }]);
    expect(first?.accepted).toBe(2);
    await reached(1);
    expect(begun).toHaveLength(1);
    expect(warming.progress(second?.id ?? "")?.state).toBe("waiting");
    begun[0]?.end("stored");
    await reached(2);
    expect(begun[1]?.errand).toEqual({ target: "/api/b", consumer: "sync" });
    const counts = { done: 1, skipped: 0, failed: 0, total: 2 };
    expect(warming.progress(first?.id ?? "")).toEqual({ state: "running", ...counts });
    begun[1]?.end("skipped");
    await reached(3);
    expect(warming.progress(first?.id ?? "")).toMatchObject({ state: "finished", skipped: 1 });
    begun[2]?.end("failed");
    await warming.close();
    expect(warming.progress(second?.id ?? "")).toMatchObject({ failed: 1, total: 1 });
  });

  it("counts a rejection as failed, tells why, and goes on", async () => {
    const asked: string[] = [];
    const told: unknown[] = [];
    const ended = Promise.withResolvers<void>();
    const why = new Error("no way");
    const warming = new Warming(
      async ({ target }) => {
        asked.push(target);
        if (target === "/bad") throw why;
        ended.resolve();
        return "stored";
      },
      (...failure) => told.push(failure),
    );
    const { id } = warming.start([{ target: "/bad" }, { target: "/good" }]) ?? { id: "" };
    await ended.promise;
    await warming.close();
    expect(asked).toEqual(["/bad", "/good"]);
    expect(told).toEqual([[{ target: "/bad" }, why]]);
    expect(warming.progress(id)).toMatchObject({ done: 1, failed: 1 });
  });

  it("asks once for what a list names twice", () => {
    const { warming } = steered();
    const named = [{ target: "/a" }, { target: "/a" }, { target: "/a", consumer: "x" }];
    expect(warming.start(named)?.accepted).toBe(2);
  });

  it("stops on close: what is under way is aborted, the rest never begins", async () => {
    const { warming, begun, reached } = steered();
    const { id } = warming.start([{ target: "/a" }, { target: "/b" }]) ?? { id: "" };
    await reached(1);
    const closed = warming.close();
    expect(begun[0]?.signal.aborted).toBe(true);
    begun[0]?.end("failed");
    await closed;
    expect(begun).toHaveLength(1);
    expect(warming.progress(id)).toMatchObject({ state: "stopped", failed: 1, total: 2 });
    expect(warming.start([{ target: "/c" }])).toBeUndefined();
  });

  it("takes ten lists at once and no more", () => {
    const { warming } = steered();
    const lists = Array.from({ length: 11 }, () => warming.start([{ target: "/a" }]));
    expect(lists.filter((list) => list !== undefined)).toHaveLength(10);
  });

  it("forgets the oldest of the lists that have ended, beyond a hundred", async () => {
    const warming = new Warming(
      () => Promise.resolve("stored"),
      () => {},
    );
    const ids: string[] = [];
    for (let count = 0; count < 103; count += 1) {
      const id = warming.start([{ target: `/${count}` }])?.id ?? "";
      ids.push(id);
      while (warming.progress(id)?.state !== "finished") await Promise.resolve();
    }
    expect(warming.progress(ids[0] ?? "")).toBeUndefined();
    expect(warming.progress(ids[102] ?? "")).toBeDefined();
    expect(warming.progress("unknown")).toBeUndefined();
  });
});
