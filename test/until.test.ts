import { expect, it } from "vitest";
import { until } from "../src/until.ts";
import { FakeClock } from "./support/fake-clock.ts";

it("until() aborts at the deadline, not before", async () => {
  const clock = new FakeClock();
  using patience = until(clock, 100);
  await clock.advance(99);
  expect(patience.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(patience.signal.aborted).toBe(true);
});

it("until() never aborts once it is disposed of", async () => {
  const clock = new FakeClock();
  const patience = until(clock, 100);
  patience[Symbol.dispose]();
  await clock.advance(200);
  expect(patience.signal.aborted).toBe(false);
});
