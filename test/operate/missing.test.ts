import { expect, it } from "vitest";
import { degradedIn, missingIn } from "../../src/operate/missing.ts";

it("missingIn() names what keeps an instance from taking requests, and nothing where it can", () => {
  expect(missingIn({ started: true, draining: false })).toEqual([]);
  expect(missingIn({ started: false, draining: true })).toEqual([
    "It has not begun to listen yet.",
    "It is shutting down and takes no more requests.",
  ]);
});

it("degradedIn() names the upstreams that nothing can be sent to", () => {
  const closed = { state: "closed" } as const;
  const upstreams = {
    a: { storeLost: false, circuit: closed },
    b: { storeLost: true, circuit: closed },
    c: { storeLost: false, circuit: { state: "half-open" } as const },
  };
  expect(degradedIn({ upstreams: { a: upstreams.a } })).toEqual([]);
  expect(degradedIn({ upstreams })).toEqual([
    "The ledger of b is out of reach: stored answers are served, but nothing can be sent.",
    "Most forwards to c failed: stored answers are served, and one request tries.",
  ]);
});
