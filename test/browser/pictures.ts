import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openPage, startChromium } from "../support/chromium.ts";
import { startDemo } from "./demo-world.ts";

/*
 * Takes the pictures of the documents: the dashboard under the demo's load, light and dark. The longer the load has
 * run the fuller its quarter of an hour: `--minutes N`, 4 without it.
 */

const SIZE = { width: 1280, height: 900 };

const { values } = parseArgs({ options: { minutes: { type: "string", default: "4" } } });
await using demo = await startDemo();
const halfMs = Number(values.minutes) * 30_000;
process.stdout.write(`The demo runs for ${values.minutes} minutes before its picture is taken.\n`);
await sleep(halfMs);
// An operator's pause, and an upstream that says 429 for once, as they happen.
await fetch(`${demo.gateway.adminUrl}/pause`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ for: "20s" }),
});
await sleep(halfMs);
const browser = await startChromium();
for (const colorScheme of ["light", "dark"] as const) {
  const { page } = await openPage(browser, { viewport: SIZE, colorScheme });
  await page.goto(`${demo.gateway.adminUrl}/`);
  await page.locator('#live[data-state="live"]').waitFor();
  const path = `docs/pictures/dashboard-${colorScheme}.png`;
  await page.screenshot({ path, fullPage: true });
  process.stdout.write(`${path}\n`);
}
await browser.close();
