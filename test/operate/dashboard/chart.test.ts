import { describe, expect, it } from "vitest";
import { tallyOf } from "../../../src/observe/account-counts.ts";
import { chart } from "../../../src/operate/dashboard/chart.ts";
import { NOW, snapshot } from "../../support/snapshot.ts";
import type { Snapshot } from "../../../src/operate/dashboard/snapshot.ts";

const sample = (agoMs: number, used: number, limit = 20) => ({
  at: NOW - agoMs,
  used,
  limit,
  pausedMs: 0,
  waiting: 0,
});

describe("chart()", () => {
  it("teaches where nothing is known yet", async () => {
    expect(String(await chart(snapshot()))).toContain("Nothing is known of the window yet");
  });

  it("draws the window against its limit, pauses behind it, and says it in words", async () => {
    const pauses = [{ from: NOW - 450_000, to: NOW - 360_000 }];
    const samples = [sample(10_000, 4), sample(5000, 20), sample(0, 10)];
    const text = String(await chart(snapshot({ samples, pauses })));
    expect(text).toContain('class="pause" x="450" y="0" width="90"');
    expect(text).toContain("900,73.1");
    expect(text).toContain("at most 20 were, and there were 1 pause.");
  });

  it("draws the learned limit in steps, as it was kept, and the configured one above it", async () => {
    const samples = [sample(450_000, 30, 30), sample(5000, 10, 20), sample(0, 10, 20)];
    const quota = { ...snapshot().quota, configured: 40 } as Snapshot["quota"];
    const text = String(await chart(snapshot({ samples, ...(quota ? { quota } : {}) })));
    expect(text).toContain('class="limit" points="0,43.6 895,43.6 895,73.1 900,73.1"');
    expect(text).toContain('class="configured" x1="0" x2="900" y1="14.1" y2="14.1"');
    expect(text).toMatch(/limit 20, learned .*40 configured/);
    expect(text).toContain("are used; 40 are configured.");
  });

  it("draws one limit alone where it was kept all the time", async () => {
    const text = String(await chart(snapshot({ samples: [sample(5000, 4), sample(0, 4)] })));
    expect(text).not.toContain("configured");
  });

  it("breaks off where samples are missing", async () => {
    const samples = [sample(600_000, 1), sample(595_000, 1), sample(5000, 1), sample(0, 1)];
    const text = String(await chart(snapshot({ samples })));
    expect(text.match(/class="area"/g)).toHaveLength(2);
  });

  it("draws what departed beside what was served, by minute", async () => {
    const tally = tallyOf({ a: 30, h: 20, u: 10 });
    const minutes = [{ at: NOW, counts: {}, tally }];
    const text = String(await chart(snapshot({ minutes, total: tally })));
    expect(text).toMatch(/class="departed"[^>]*height="22"/);
    expect(text).toMatch(/class="served"[^>]*height="44"/);
  });
});
