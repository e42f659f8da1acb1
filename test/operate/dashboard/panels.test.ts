import { describe, expect, it } from "vitest";
import { tallyOf } from "../../../src/observe/account-counts.ts";
import {
  eventsPanel,
  figures,
  healthPanel,
  routesPanel,
  shareBar,
} from "../../../src/operate/dashboard/panels.ts";
import { NOW, snapshot } from "../../support/snapshot.ts";

const HOSTILE = "<script>alert(1)</script>";

describe("figures()", () => {
  it("shows window, line, store and what is stored", async () => {
    const text = String(await figures(snapshot({ total: tallyOf({ a: 4, h: 1 }) })));
    for (const words of ["14<small> / 20", "of 200; 1 of 10", "25 %", "12.3 kB of 1.0 MB"]) {
      expect(text).toContain(words);
    }
  });

  it("tells the configured limit where another was learned", async () => {
    const { quota } = snapshot();
    if (!quota) throw new Error("no quota");
    expect(String(await figures(snapshot()))).not.toContain("configured");
    const text = String(await figures(snapshot({ quota: { ...quota, configured: 40 } })));
    expect(text).toContain("in any 6 s; 40 configured");
  });

  it("says what is not known", async () => {
    const { quota: _, stored: __, ...rest } = snapshot();
    const text = String(await figures(rest));
    expect(text).toContain("the ledger is out of reach");
    expect(text).toContain("the store is out of reach");
  });

  it("says that a pause holds", async () => {
    const { quota } = snapshot();
    if (!quota) throw new Error("no quota");
    const text = String(await figures(snapshot({ quota: { ...quota, blockedForMs: 9000 } })));
    expect(text).toContain("paused for 9 s");
  });
});

describe("routesPanel()", () => {
  it("teaches where nobody has asked, and escapes what routes are called", async () => {
    expect(String(await routesPanel(snapshot()))).toContain("Routes appear here by themselves");
    const rows = [{ name: HOSTILE, spent: 0.5, tally: tallyOf({ a: 2, u: 1 }) }];
    const others = { count: 3, tally: tallyOf({ u: 7 }) };
    const text = String(await routesPanel(snapshot({ routes: { rows, others } })));
    expect(text).not.toContain(HOSTILE);
    expect(text).toContain("3 others");
  });
});

describe("eventsPanel()", () => {
  it("tells events in words, escaped, or teaches", async () => {
    expect(String(await eventsPanel(snapshot()))).toContain("Nothing has happened");
    const events = [{ at: NOW, kind: "order", words: HOSTILE }];
    const text = String(await eventsPanel(snapshot({ events })));
    expect(text).toContain(">09:41</time>");
    expect(text).not.toContain(HOSTILE);
  });
});

describe("healthPanel()", () => {
  it("says each state in words and not by colour alone", async () => {
    expect(String(await healthPanel(snapshot()))).toContain("<b>Upstream</b> answers");
  });
});

describe("shareBar()", () => {
  it("shows what was spent of a share as a bar, a notch and figures", async () => {
    const text = String(await shareBar(0.5, 0.25));
    expect(text).toContain('width="50%"');
    expect(text).toContain('x1="25%"');
    expect(text).toContain("50 % <small>of 25 %");
  });
});
