import { describe, expect, it } from "vitest";
import { readAccountsQuery } from "../../src/operate/accounts-query.ts";

const NOW = Date.parse("2026-11-24T20:30:30Z");

function read(query: string) {
  const terms = { now: NOW, upstreams: ["api", "(none)"] };
  return readAccountsQuery(new URLSearchParams(query), terms);
}

function times(query: string): readonly unknown[] {
  const asked = read(query);
  if ("refused" in asked) return [asked.refused];
  return [asked.span, new Date(asked.from).toISOString(), new Date(asked.to).toISOString()];
}

function full(text: string): string {
  return `${text.length > 8 ? "2026-" : "2026-11-"}${text}:00.000Z`;
}

describe("readAccountsQuery()", () => {
  it("asks for the last hour by consumer, when nothing is said", () => {
    expect(read("")).toEqual({
      by: "consumer",
      span: "minute",
      from: Date.parse("2026-11-24T19:30Z"),
      to: Date.parse("2026-11-24T20:31Z"),
    });
  });

  it("asks for the last day by hour", () => {
    expect(times("by=hour")).toEqual([
      "hour",
      "2026-11-23T20:00:00.000Z",
      "2026-11-24T21:00:00.000Z",
    ]);
  });

  it.each([
    ["by=minute&from=2026-11-24T20:00Z", "minute", "24T20:00", "24T20:31"],
    ["from=2026-11-24T20:00:59.5Z&to=2026-11-24T20:02:00Z", "minute", "24T20:00", "24T20:02"],
    ["from=2026-11-24T21:00%2B01:00", "minute", "24T20:00", "24T20:31"],
    ["from=2026-11-24T21:00+01:00", "minute", "24T20:00", "24T20:31"],
    ["from=2026-11-23&to=2026-11-24", "minute", "23T00:00", "24T00:00"],
    ["from=2026-11-22T20:30Z", "minute", "22T20:30", "24T20:31"],
    ["from=2026-11-22T20:29Z", "hour", "22T20:00", "24T21:00"],
    ["by=route&from=2026-11-01&to=2026-11-02T03:10Z", "hour", "01T00:00", "02T04:00"],
    ["by=hour&from=2026-11-24T19:59Z&to=2026-11-24T20:00Z", "hour", "24T19:00", "24T20:00"],
    ["by=hour&from=2026-10-25T20:00Z&to=2026-10-26", "hour", "10-25T20:00", "10-26T00:00"],
    ["to=2026-11-24T20:10Z", "minute", "24T19:10", "24T20:10"],
    ["from=2026-11-24T20:30Z&to=2026-12-01", "minute", "24T20:30", "24T20:31"],
    ["from=2026-11-25&to=2026-12-01", "minute", "25T00:00", "25T00:00"],
  ])("reads %s as whole %ss from %s to %s", (...row) => {
    const [query, span, from, to] = row;
    expect(times(query)).toEqual([span, full(from), full(to)]);
  });

  it("takes the names that are asked for", () => {
    expect(read("by=route&upstream=api&consumer=sync&route=GET%20/**")).toMatchObject({
      by: "route",
      upstream: "api",
      consumer: "sync",
      route: "GET /**",
    });
  });

  it.each([
    ["by=week", /"by" must be one of: consumer, route/],
    ["by=", /"by" must be/],
    ["since=1h", /no "since" here, but: from, to, by/],
    ["from=a&from=b", /"from" may be given once/],
    ["upstream=nowhere", /"upstream" must be one of: api, \(none\)/],
    ["from=yesterday", /must be instants like/],
    ["from=2026-02-30", /must be instants like/],
    ["from=2026-11-24T25:00Z", /must be instants like/],
    ["from=2026-11-24T20:00", /must be instants like/],
    ["to=1764016230", /must be instants like/],
    ["from=", /must be instants like/],
    ["from=2026-11-24&to=2026-11-24", /"from" must be before "to"/],
    ["from=2026-11-25", /"from" must be before "to", which is now/],
    [
      "by=minute&from=2026-11-20",
      /minute is kept for 2 days: ask from 2026-11-22T20:30:00.000Z on/,
    ],
    ["from=2026-10-01", /hour is kept for 30 days: ask from 2026-10-25T20:00:00.000Z on/],
  ])("refuses %s, and says why", (query, why) => {
    expect(read(query)).toEqual({ refused: expect.stringMatching(why) });
  });
});
