import { expect, it } from "vitest";
import { tellingFields, type TellingDialect } from "./telling.ts";
import { toldLimits } from "../../src/http/upstream-limits.ts";

const TELLING = { limit: 60, windowMs: 60_000, remaining: 40, resetMs: 30_000 };

it.each<TellingDialect>(["draft", "triple", "epoch", "helpscout", "freshdesk", "zendesk"])(
  "tellingFields() in the dialect %s is understood by the gateway",
  (dialect) => {
    const fields = Object.entries(tellingFields(dialect, TELLING)).flat();
    expect(toldLimits(fields, Date.now())).toMatchObject([{ limit: 60, remaining: 40 }]);
  },
);

it("tellingFields() tells nothing where nothing is to be told", () => {
  expect(tellingFields("none", TELLING)).toEqual({});
});
