import { describe, expect, it } from "vitest";
import { LineUp, lingerMs } from "../src/line-up.ts";
import { upstream } from "./support/settings.ts";
import type { Upstream } from "../src/ports/settings.ts";

const named = (name: string, concurrency = 1): Upstream => upstream({ name, concurrency });
const wayTo = (one: Upstream) => ({ line: { upstream: one } });
const [a, b, c] = [named("a"), named("b"), named("c")];

/** Ways to "a" and "b", both in use, and one to "c" that was only opened. */
function lineUp() {
  const ways = new LineUp<ReturnType<typeof wayTo>>();
  for (const one of [a, b, c]) ways.add(wayTo(one));
  ways.use([a, b], (before) => before);
  return ways;
}

const concurrencies = (ways: ReturnType<typeof lineUp>): (readonly [string, number])[] =>
  [...ways.current].map(([name, line]) => [name, line.upstream.concurrency] as const);

describe("LineUp", () => {
  it("lets exchanges take what is in use, and forgets no upstream that it ever had", () => {
    const ways = lineUp();
    const { current } = ways;
    expect([...current.keys()]).toEqual(["a", "b"]);
    expect(ways.use([c], (before) => before)).toEqual([]);
    expect([...current.keys()]).toEqual(["c"]);
    expect(ways.find("a")?.line.upstream).toBe(a);
    expect(ways.opened).toHaveLength(3);
  });

  it("tells what was replaced", () => {
    const ways = lineUp();
    const other = named("b", 2);
    const replaced = ways.use([a, other], (before, now) => (now === other ? wayTo(now) : before));
    expect(replaced).toMatchObject([{ before: wayTo(b), now: wayTo(other) }]);
    expect(concurrencies(ways)).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  it("leaves all as it was where one cannot be built", () => {
    const ways = lineUp();
    const change = (): unknown =>
      ways.use([named("a", 2), named("b", 2)], (_, now) => {
        if (now.name === "b") throw new Error("cannot be built");
        return wayTo(now);
      });
    expect(change).toThrow("cannot be built");
    expect(() => ways.use([named("never")], (before) => before)).toThrow("has not been opened");
    expect(concurrencies(ways)).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(ways.find("a")?.line.upstream).toBe(a);
  });
});

describe("lingerMs()", () => {
  it("is the longest wait, all time-outs, and a while for what began at the last moment", () => {
    const { queue, timeouts } = upstream();
    expect(lingerMs({ queue, timeouts })).toBe(30_000 + 2000 + 5000 + 10_000 + 10_000);
  });
});
