import { describe, expect, it } from "vitest";
import { upstreamDownProblem } from "../src/forward/upstream-problem.ts";
import { UpstreamFault } from "../src/ports/faults.ts";
import { tryAgain } from "../src/try-again.ts";
import { Workbench } from "./support/workbench.ts";
import type { Permit } from "../src/schedule/permit.ts";

const FAULT = new UpstreamFault("broken", "broken");
const { signal } = new AbortController();

function retry(acquire: () => Promise<Permit>) {
  return { fault: FAULT, nth: 1, acquire, signal };
}

describe("tryAgain()", () => {
  it("waits before it stands in line again", async () => {
    const bench = new Workbench();
    const errand = bench.errand("GET", { safe: true });
    const asked: number[] = [];
    const parts = { clock: bench.clock, guard: { mayRetry: () => true }, random: () => 0 };
    const again = tryAgain(
      parts,
      errand,
      retry(() => {
        asked.push(bench.clock.monotonic());
        return bench.line.acquire(errand, signal);
      }),
    );
    await bench.clock.advance(200);
    (await again).giveBack();
    expect(asked).toEqual([100]);
  });

  it.each([
    ["the budget is used up", { may: false, method: "GET", waitMs: 30_000 }],
    ["the deadline is too near", { may: true, method: "GET", waitMs: 50 }],
    ["it may have been processed", { may: true, method: "POST", waitMs: 30_000 }],
  ])("tells what failed where %s", async (_why, { may, method, waitMs }) => {
    const bench = new Workbench();
    const errand = bench.errand(method, { safe: true }, waitMs);
    const parts = { clock: bench.clock, guard: { mayRetry: () => may } };
    const again = tryAgain(
      parts,
      errand,
      retry(() => bench.line.acquire(errand, signal)),
    );
    await expect(again).rejects.toMatchObject({ type: "upstream-broke-off" });
  });

  it("does not say that nothing was sent where the circuit has opened meanwhile", async () => {
    const bench = new Workbench();
    const errand = bench.errand("GET", { safe: true });
    const parts = { clock: bench.clock, guard: { mayRetry: () => true } };
    const again = tryAgain(
      parts,
      errand,
      retry(() => Promise.reject(upstreamDownProblem(bench.upstream, 1000))),
    );
    const failing = again.catch((error: unknown) => error);
    await bench.clock.advance(200);
    expect(await failing).toMatchObject({ type: "upstream-broke-off" });
  });
});
