import { expect, it } from "vitest";
import { missingIn } from "../../src/operate/missing.ts";

it("missingIn() names what keeps an instance from taking requests, and nothing where it can", () => {
  const upstreams = { a: { storeLost: false }, b: { storeLost: true } };
  expect(missingIn({ draining: false, upstreams: { a: upstreams.a } })).toEqual([]);
  expect(missingIn({ draining: true, upstreams })).toEqual([
    "It is shutting down and takes no more requests.",
    "The ledger of b is out of reach, so that nothing can be sent.",
  ]);
});
