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

it("degradedIn() says by what part of the quota is sent meanwhile", () => {
  const circuit = { state: "closed" } as const;
  const upstreams = {
    a: { storeLost: true, apart: 3, circuit },
    b: { storeLost: true, apart: 1, circuit },
  };
  expect(degradedIn({ upstreams })).toEqual([
    "The ledger of a is out of reach: stored answers are served, and this process sends its own part of the quota, one of 3.",
    "The ledger of b is out of reach: stored answers are served, and this process sends by itself, since it knew of no other.",
  ]);
});
