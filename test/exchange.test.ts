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
    ["neither has a credential", {}, {}, false],
    ["the gateway has a key", { keys }, {}, true],
    ["the client has one, be it hidden by Connection", {}, { fields }, true],
  ])("tells, where %s", (_, upstream, changes, expected) => {
    const exchange = new Workbench({ keys: [], ...upstream }).exchange(changes);
    expect(isAuthenticated(exchange)).toBe(expected);
  });
});
