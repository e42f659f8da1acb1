import { describe, expect, it } from "vitest";
import { Followed } from "../../src/adapters/followed.ts";
import { FakeClock } from "../support/fake-clock.ts";

function followed(look: () => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  return { clock, one: new Followed<string>({ clock, lookMs: 100, look }) };
}

describe("Followed", () => {
  it("looks again and again, one look at a time, until closed", async () => {
    let looks = 0;
    const held = Promise.withResolvers<void>();
    const { clock, one } = followed(async () => {
      looks += 1;
      if (looks === 3) await held.promise;
    });
    await clock.advance(99);
    expect(looks).toBe(0);
    await clock.advance(1000);
    expect(looks).toBe(3);
    let closed = false;
    const closing = one.close().then(() => (closed = true));
    await clock.advance(1000);
    expect([looks, closed]).toEqual([3, false]);
    held.resolve();
    await closing;
  });

  it("tells everybody who listens, until disposed of, one function twice where it was given twice", async () => {
    const { one } = followed();
    const heard: string[] = [];
    const listener = (told: string): void => void heard.push(told);
    const first = one.onChanged(listener);
    one.onChanged(listener);
    one.tell("a");
    first[Symbol.dispose]();
    one.tell("b");
    expect(heard).toEqual(["a", "a", "b"]);
    await one.close();
  });
});
