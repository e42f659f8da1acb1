import { describe, expect, it } from "vitest";
import { dialogs } from "../../../src/operate/dashboard/dialogs.ts";

const TERMS = { upstream: "api", groups: ["tickets"], maxPauseMs: 60_000 };

describe("dialogs()", () => {
  it("has one for each order, named, and says what will come of it", async () => {
    const text = String(await dialogs(TERMS));
    for (const id of ["pause", "resume", "purge", "create", "change", "explain"]) {
      expect(text).toContain(`<dialog id="${id}" aria-labelledby="${id}-title">`);
    }
    expect(text).toContain("Nothing more is sent to api, from any instance");
    expect(text).toContain('<option value="tickets">');
  });

  it("offers no pause that the configuration does not allow", async () => {
    expect(String(await dialogs(TERMS))).not.toContain("5 minutes");
    expect(String(await dialogs({ ...TERMS, maxPauseMs: 50 }))).toContain('value="50ms"');
  });
});
