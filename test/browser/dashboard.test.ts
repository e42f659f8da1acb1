import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPage, startChromium } from "../support/chromium.ts";
import { startDemo, type DemoWorld } from "./demo-world.ts";

/*
 * The page in a real browser, under the demo's load.
 */

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

let browser: Browser;
let demo: DemoWorld;

beforeAll(async () => {
  [browser, demo] = await Promise.all([startChromium(), startDemo()]);
});
afterAll(async () => {
  await browser.close();
  await demo[Symbol.asyncDispose]();
});

async function dashboard(viewport = WIDE, colorScheme: "light" | "dark" = "light") {
  const watched = await openPage(browser, { viewport, colorScheme });
  await watched.page.goto(`${demo.gateway.adminUrl}/`);
  await watched.page.locator('#live[data-state="live"]').waitFor();
  return watched;
}

/** What of accessibility is violated, by rule and element. */
async function violations(page: Page): Promise<string[]> {
  // Through the protocol, since the page's own policy rightly lets no foreign script in.
  await page.evaluate(axe.source);
  const found = await page.evaluate<{
    violations: { id: string; nodes: { target: string[] }[] }[];
  }>("axe.run()");
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(" ")}`),
  );
}

/** Elements that reach beyond the right edge and that nothing clips. */
function overflowing(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && !one.closest(".quiet, thead"))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
    .map((one) => one.outerHTML.slice(0, 80))
    .concat(document.documentElement.scrollWidth > innerWidth ? ["the page itself"] : [])`);
}

async function order(page: Page, dialog: string, fill: (form: Page) => Promise<unknown>) {
  const form = page.locator(`dialog#${dialog}`);
  await fill(page);
  await form.locator("[type=submit]").click();
  const output = form.locator("output");
  await expect.poll(() => output.textContent(), { timeout: 5000 }).not.toBe("");
  const text = await output.textContent();
  await page.keyboard.press("Escape");
  await expect.poll(() => form.isVisible()).toBe(false);
  return text ?? "";
}

describe("the dashboard", () => {
  it("shows within two seconds what has changed, and goes on doing so", async () => {
    const { page, complaints } = await dashboard();
    const figures = page.locator("#figures");
    const asked = async (): Promise<number> => {
      const [, count = "0"] =
        /of ([\d,]+) requests?/.exec((await figures.textContent()) ?? "") ?? [];
      return Number(count.replace(",", ""));
    };
    const headers = { authorization: "Bearer demo-key-portal" };
    for (let update = 0; update < 4; update += 1) {
      await (await fetch(`${demo.gateway.url}/api/ticket/1`, { headers })).text();
      const since = await asked();
      await (await fetch(`${demo.gateway.url}/api/ticket/1`, { headers })).text();
      await expect.poll(asked, { timeout: 2000, interval: 50 }).toBeGreaterThan(since);
    }
    const text = await page.locator("main").textContent();
    for (const name of ["portal", "reports", "GET /ticket/:id", "limit 20"]) {
      expect(text).toContain(name);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("carries out each order, says so, and tells the audit", async () => {
    const { page, complaints } = await dashboard();
    const opened = (name: string) => page.getByRole("button", { name, exact: true }).click();
    expect(await order(page, "pause", () => opened("Pause"))).toContain("Paused for 10 s");
    await page.locator("#health").getByText("paused for another").waitFor();
    expect(await order(page, "resume", () => opened("Resume"))).toContain("Resumed");
    const purged = await order(page, "purge", async () => {
      await opened("Purge");
      await page.locator("#purge [name=subject]").fill("tickets");
    });
    expect(purged).toContain('in the group "tickets"');
    const created = await order(page, "create", async () => {
      await opened("New consumer");
      await page.locator("#create [name=name]").fill("night-job");
    });
    expect(created).toMatch(/sluice_[\w-]{43}$/);
    const change = async (what: string): Promise<string> =>
      order(page, "change", async () => {
        await page.getByRole("button", { name: "Change night-job" }).click();
        await page.locator("#change [name=what]").selectOption(what);
        if (what === "weight") await page.locator("#change [name=weight]").fill("4");
      });
    expect(await change("weight")).toBe("Changed.");
    await page.locator("#consumers").getByText("weight 4").waitFor();
    expect(await change("rotate")).toMatch(/new key, shown this once:sluice_/);
    expect(await change("disable")).toBe("Changed.");
    await page.locator("#consumers").getByText("disabled").waitFor();
    expect(await change("enable")).toBe("Changed.");
    const explained = await order(page, "explain", async () => {
      await opened("Explain");
      await page.locator("#explain [name=url]").fill("/ticket/1");
      await page.locator("#explain [name=consumer]").fill("portal");
    });
    expect(explained).toMatch(/It would|it would/);
    const audit = await demo.audit();
    expect(audit.map(({ action }) => action).toReversed()).toEqual([
      "pause",
      "resume",
      "purge",
      "create-consumer",
      "change-consumer",
      "rotate-key",
      "change-consumer",
      "change-consumer",
    ]);
    expect(audit.every(({ result }) => result === "done")).toBe(true);
    await page.locator("#events").getByText("Made a new key for night-job").waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("says why an order was not carried out", async () => {
    const { page } = await dashboard();
    const refused = await order(page, "purge", async () => {
      await page.getByRole("button", { name: "Purge", exact: true }).click();
      await page.locator("#purge [name=subject]").fill("no-such-group");
    });
    expect(refused).toMatch(/^Not done: No route has the group/);
    await page.context().close();
  });

  it("keeps the focus where it is while everything around it changes", async () => {
    const { page } = await dashboard();
    await page.getByRole("button", { name: "Change night-job" }).focus();
    const told = () => page.evaluate<number>(`performance.getEntriesByName("applied").length`);
    const before = await told();
    await expect.poll(told, { timeout: 5000 }).toBeGreaterThan(before + 2);
    const focused = await page.evaluate<string>(
      `document.activeElement.getAttribute("aria-label")`,
    );
    expect(focused).toBe("Change night-job");
    await page.context().close();
  });

  it.each(["light", "dark"] as const)("has nothing that axe-core finds, %s", async (scheme) => {
    for (const viewport of [WIDE, NARROW]) {
      const { page, complaints } = await dashboard(viewport, scheme);
      expect(await violations(page)).toEqual([]);
      for (const name of ["Pause", "Purge", "New consumer", "Explain"]) {
        await page.getByRole("button", { name, exact: true }).click();
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press("Escape");
      }
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  it("overflows nothing at 360 px, dialogs included", async () => {
    const { page } = await dashboard(NARROW);
    expect(await overflowing(page)).toEqual([]);
    for (const name of ["Pause", "Resume", "Purge", "New consumer", "Explain"]) {
      await page.getByRole("button", { name, exact: true }).click();
      expect(await overflowing(page)).toEqual([]);
      await page.keyboard.press("Escape");
    }
    await page.context().close();
  });

  it("has a reference that axe-core finds nothing in and that overflows nothing", async () => {
    const { page, complaints } = await openPage(browser, { viewport: NARROW });
    await page.goto(`${demo.gateway.adminUrl}/reference`);
    await page.locator("summary", { hasText: "/consumers/{name}/rotate" }).click();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(360);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("moves nothing about while it is live", async () => {
    const { page } = await dashboard();
    const shifts = await page.evaluate<number>(`new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) sum += value;
      }).observe({ type: "layout-shift" });
      setTimeout(() => resolve(sum), 3500);
    })`);
    expect(shifts).toBeLessThan(0.02);
    await page.context().close();
  });
});

describe("the dashboard behind a token", () => {
  const tokens = { token: "full-0123456789abcdef", readToken: "read-0123456789abcdef" };

  it("lets in who has one, and readers without orders", async () => {
    await using closed = await startDemo(tokens);
    const { page, complaints } = await openPage(browser, { viewport: NARROW });
    await page.goto(`${closed.gateway.adminUrl}/`);
    expect(await violations(page)).toEqual([]);
    expect(await overflowing(page)).toEqual([]);
    await page.getByLabel("Admin token").fill(tokens.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator('#live[data-state="live"]').waitFor();
    expect(await page.evaluate<string>("document.cookie")).toBe("");
    const pause = () => page.getByRole("button", { name: "Pause", exact: true }).click();
    expect(await order(page, "pause", pause)).toContain("Paused");
    const audit = await closed.audit(tokens.token);
    expect(audit[0]).toMatchObject({ action: "pause", who: expect.stringMatching(/^token /) });
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").fill(tokens.readToken);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator('#live[data-state="live"]').waitFor();
    expect(await page.getByRole("button", { name: "Pause", exact: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
