import { describe, expect, it } from "vitest";
import { tallyOf } from "../../../src/observe/account-counts.ts";
import { consumersPanel } from "../../../src/operate/dashboard/consumers-panel.ts";
import { snapshot } from "../../support/snapshot.ts";

const known = { name: "sync", weight: 2, enabled: true, inFile: false };
const row = {
  name: "sync",
  weight: 2,
  share: 0.5,
  spent: 0.25,
  waiting: 3,
  waitMs: 1500,
  tally: tallyOf({ a: 10, h: 5, u: 4, b: 3, "r.queue-full": 2 }),
  known,
};

async function panel(rows: readonly object[], count = 0): Promise<string> {
  const others = { count, tally: tallyOf({ u: 9 }) };
  return String(await consumersPanel(snapshot({ consumers: { rows: rows as never, others } })));
}

describe("consumersPanel()", () => {
  it("teaches where nobody has asked", async () => {
    expect(await panel([])).toContain("Point a service's base URL at Sluice");
  });

  it("shows what a consumer spends, waits and is refused, each with its name beside it", async () => {
    const text = await panel([row], 2);
    expect(text).toContain('data-label="Borrowed">3');
    expect(text).toContain('data-label="Wait">1.5 s');
    expect(text).toContain('class="bad" data-label="Refused">2');
    expect(text).toContain("weight 2");
    expect(text).toContain("2 others");
  });

  it("offers a change of what was made at run time, and of nothing else", async () => {
    expect(await panel([row])).toContain('aria-label="Change sync"');
    expect(await panel([{ ...row, known: { ...known, inFile: true } }])).not.toContain("<button");
    const { known: _, ...stranger } = row;
    expect(await panel([stranger])).not.toContain("<button");
  });

  it("says who is disabled, and escapes names", async () => {
    expect(await panel([{ ...row, known: { ...known, enabled: false } }])).toContain("disabled");
    expect(await panel([{ ...row, name: '"><b>' }])).not.toContain("><b>");
  });
});
