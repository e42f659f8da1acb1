import Bottleneck from "bottleneck";
import { describe, expect, it } from "vitest";
import { Jobs } from "../../src/adapters/bottleneck-jobs.ts";

function open(maxConcurrent: number) {
  const limiter = new Bottleneck({ maxConcurrent });
  return { limiter, jobs: new Jobs(limiter, { expirationMs: 60_000, keepMs: 60_000 }) };
}

describe("takeKept()", () => {
  it("lends the slot of a job that was given back, without another job", async () => {
    const { limiter, jobs } = open(1);
    expect(jobs.takeKept()).toBeUndefined();
    const slot = await jobs.take().taken;
    slot[Symbol.dispose]();
    slot[Symbol.dispose]();
    const again = jobs.takeKept();
    expect([again === undefined, jobs.takeKept()]).toEqual([false, undefined]);
    expect(limiter.counts()).toMatchObject({ EXECUTING: 1 });
    again?.[Symbol.dispose]();
    jobs.close();
    await expect.poll(() => limiter.counts()).toMatchObject({ EXECUTING: 0 });
  });

  it("has nothing where somebody waits for a slot: it goes to them", async () => {
    const { jobs } = open(1);
    const first = await jobs.take().taken;
    const second = jobs.take();
    first[Symbol.dispose]();
    expect(jobs.takeKept()).toBeUndefined();
    (await second.taken)[Symbol.dispose]();
    jobs.close();
  });
});

describe("take()", () => {
  it("ends a job that is forgone as soon as it begins", async () => {
    const { limiter, jobs } = open(1);
    const first = await jobs.take().taken;
    const second = jobs.take();
    second.forgo();
    first[Symbol.dispose]();
    await second.taken;
    await expect.poll(() => limiter.counts()).toMatchObject({ EXECUTING: 0 });
  });
});

describe("resize()", () => {
  it("keeps no slot whose job would be taken away too soon", async () => {
    const { limiter, jobs } = open(1);
    const slot = await jobs.take().taken;
    await jobs.resize(1, 90_000);
    slot[Symbol.dispose]();
    expect(jobs.takeKept()).toBeUndefined();
    await expect.poll(() => limiter.counts()).toMatchObject({ EXECUTING: 0 });
  });
});
