import { describe, expect, it } from "vitest";
import { forecastView } from "../../src/operate/forecast-view.ts";
import type { ConsumerForecast } from "../../src/schedule/forecast.ts";
import type { WaitForecast } from "../../src/schedule/line-track.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");

function consumer(name: string, waits?: WaitForecast): ConsumerForecast {
  const rates = { ratePerMs: 0.002, guaranteedPerMs: 0.001 };
  return { consumer: name, weight: 2, share: 1 / 3, ...rates, ...(waits ? { waits } : {}) };
}

const view = (consumers: readonly ConsumerForecast[], usedUp?: { quota: string; inMs: number }) =>
  forecastView(
    { horizonMs: 900_000, measuredMs: 3000.4, consumers, ...(usedUp ? { usedUp } : {}) },
    NOW,
  );

describe("forecastView()", () => {
  it("tells instants, and rates by the minute", () => {
    expect(view([consumer("a")], { quota: "api", inMs: 5000 })).toEqual({
      at: "2026-11-25T12:00:00.000Z",
      until: "2026-11-25T12:15:00.000Z",
      ratesOverMs: 3000,
      usedUp: { quota: "api", at: "2026-11-25T12:00:05.000Z" },
      consumers: [
        {
          consumer: "a",
          weight: 2,
          share: 0.333,
          unitsPerMinute: 120,
          guaranteedPerMinute: 60,
          waits: null,
          heldBy: null,
          summary: "a waits for no more than a second.",
        },
      ],
    });
    expect(view([])).toMatchObject({ usedUp: null });
  });

  it.each([
    [
      { fromMs: 0, atWorstMs: 1500, untilMs: 60_000 },
      "a waits now, until 12:01:00Z, 2 s at worst.",
    ],
    [
      { fromMs: 1000, atWorstMs: 30_000, refusedFromMs: 90_000 },
      "a waits from 12:00:01Z on, with no end in sight, 30 s at worst; from 12:01:30Z on some are refused.",
    ],
  ])("says in a sentence who waits when: %o", (waits, summary) => {
    expect(view([consumer("a", waits)])).toMatchObject({ consumers: [{ summary }] });
  });

  it("says for which inner quota", () => {
    const held = { ...consumer("a", { fromMs: 0, atWorstMs: 1500 }), heldBy: "route:reports" };
    const summary = "a waits now for the route limit reports, with no end in sight, 2 s at worst.";
    expect(view([held])).toMatchObject({ consumers: [{ heldBy: "route:reports", summary }] });
  });

  it("tells first of those who wait longest", () => {
    const rows = [
      consumer("idle"),
      consumer("short", { fromMs: 0, atWorstMs: 2000 }),
      consumer("long", { fromMs: 0, atWorstMs: 9000 }),
    ];
    expect(view(rows)["consumers"]).toMatchObject([
      { consumer: "long" },
      { consumer: "short" },
      { consumer: "idle" },
    ]);
  });
});
