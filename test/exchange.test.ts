import { describe, expect, it } from "vitest";
import { errandOf, type Exchange } from "../src/exchange.ts";
import { Workbench } from "./support/workbench.ts";

describe("errandOf()", () => {
  it("gives a request as much time as it may wait, from when it came", () => {
    const bench = new Workbench();
    const { asked, body, notes, since, outbound } = bench.errand("GET", {}, 1500);
    const exchange = { asked, body, notes, since, line: bench.line } as unknown as Exchange;
    expect(errandOf(exchange, outbound)).toMatchObject({ since, deadline: since + 1500, outbound });
  });
});
