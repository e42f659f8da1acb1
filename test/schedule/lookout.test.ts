import { expect, it } from "vitest";
import { Lookout } from "../../src/schedule/lookout.ts";
import { outlook, standing } from "../support/outlook.ts";
import { terms } from "../support/ledger-world.ts";

const ASKING = { consumer: "me", weight: 1, cost: 1, urgency: 3 };
const LINE = outlook({ consumers: [standing("me", 4)] });

it("Lookout takes an outlook for fresh for 200 ms and for useful for 2 s", () => {
  const lookout = new Lookout(terms());
  expect([lookout.isFresh(0), lookout.foresee(ASKING, 0)]).toEqual([false, undefined]);
  lookout.learn(LINE, 1000);
  expect([lookout.isFresh(1200), lookout.isFresh(1201)]).toEqual([true, false]);
  expect(lookout.foresee(ASKING, 3000)).toBeDefined();
  expect(lookout.foresee(ASKING, 3001)).toBeUndefined();
});

it("Lookout counts what joins and leaves while an outlook is under way, and afterwards", () => {
  const lookout = new Lookout(terms());
  lookout.note("me", 100);
  lookout.ask(new Map([["me", 2]]));
  lookout.note("me", 3);
  lookout.learn(LINE, 0);
  expect(lookout.foresee(ASKING, 0)?.place).toBe(10);
  lookout.note("me", -4);
  expect(lookout.foresee(ASKING, 0)?.place).toBe(6);
});

it("Lookout bounds the wait by the weights of all who may ask", () => {
  const bounds = [1, 9].map((weights) => {
    const lookout = new Lookout(terms(), () => weights);
    lookout.learn(LINE, 0);
    return lookout.foresee(ASKING, 0)?.boundMs ?? 0;
  });
  expect(bounds[1]).toBeGreaterThan(bounds[0] ?? Infinity);
});

it("Lookout tells a share as long as an outlook is useful, and counts what was asked for since", () => {
  const lookout = new Lookout(terms());
  const me = { consumer: "me", weight: 1 };
  expect(lookout.share(me, 0)).toBeUndefined();
  lookout.learn(outlook({ consumers: [standing("me", 0, { credit: 9 })] }), 1000);
  expect(lookout.share(me, 1000)).toMatchObject({ guaranteed: 20, left: 9, moreInMs: 310 });
  expect(lookout.share(me, 1100)).toMatchObject({ left: 9, moreInMs: 210 });
  lookout.note("me", 2);
  expect(lookout.share(me, 1100)?.left).toBe(7);
  lookout.learn(outlook(), 2000);
  expect(lookout.share(me, 2000)?.left).toBe(18);
  expect(lookout.share(me, 4001)).toBeUndefined();
});
