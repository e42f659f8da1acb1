import { describe, expect, it } from "vitest";
import { loginPage, page, partsOf, shell } from "../../../src/operate/dashboard/page.ts";
import { snapshot } from "../../support/snapshot.ts";

const INPUTS = {
  snapshot: snapshot(),
  upstream: "api",
  upstreams: ["api"],
  groups: [],
  maxPauseMs: 60_000,
  role: "full",
  signedIn: false,
} as const;

describe("page()", () => {
  it("holds each part that is replaced later, under its id", async () => {
    const text = String(await page(INPUTS));
    for (const id of Object.keys(await partsOf(INPUTS.snapshot))) {
      expect(text).toContain(`<div id="${id}">`);
    }
  });

  it("has no script or style within itself, which its policy would refuse", async () => {
    const text = String(await page(INPUTS));
    expect(text).not.toMatch(/<style|style="|\son\w+="|<script(?![^>]* src=)/);
  });

  it("offers readers no order but to explain", async () => {
    const text = String(await page({ ...INPUTS, role: "read", signedIn: true }));
    expect(text.match(/data-opens="\w+"/g)).toEqual(['data-opens="explain"']);
    expect(text).toContain("Sign out");
  });

  it("leads to each upstream where there are several", async () => {
    const text = String(await page({ ...INPUTS, upstreams: ["api", "crm"] }));
    expect(text).toContain('href="/?upstream=crm"');
  });
});

describe("loginPage()", () => {
  it("asks for a token, and says where one was wrong", async () => {
    expect(String(await loginPage(false))).not.toContain("not a token");
    expect(String(await loginPage(true))).toContain("not a token");
  });
});

describe("partsOf()", () => {
  it("writes each part out", async () => {
    expect((await partsOf(snapshot()))["figures"]).toContain("14");
  });
});

describe("shell()", () => {
  it("takes a script only where one is named", async () => {
    expect(String(await shell("t", loginPage(false)))).not.toContain("<script");
  });
});
