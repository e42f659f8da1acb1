import { describe, expect, it } from "vitest";
import { errandOf, isAuthenticated, type Exchange } from "../src/exchange.ts";
import { Workbench } from "./support/workbench.ts";

describe("errandOf()", () => {
  it("gives a request as much time as it may wait, from when it came", () => {
    const bench = new Workbench();
    const { asked, body, notes, since, outbound } = bench.errand("GET", {}, 1500);
    const exchange = { asked, body, notes, since, line: bench.line } as unknown as Exchange;
    expect(errandOf(exchange, outbound)).toMatchObject({ since, deadline: since + 1500, outbound });
  });
});

describe("isAuthenticated()", () => {
  const fields = ["Connection", "authorization", "Authorization", "Basic eA=="];
  const keys = [{ in: "query", name: "key", value: "secret" }] as const;

  it.each([
    { where: "neither has a credential", keys: [], changes: {}, expected: false },
    { where: "the gateway has a key", keys, changes: {}, expected: true },
    {
      where: "the client has one, be it hidden by Connection",
      keys: [],
      changes: { fields },
      expected: true,
    },
  ])("tells, where $where", ({ keys: own, changes, expected }) => {
    const exchange = new Workbench({ keys: own }).exchange(changes);
    expect(isAuthenticated(exchange)).toBe(expected);
  });
});
