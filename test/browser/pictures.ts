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
const thirdMs = Number(values.minutes) * 20_000;
process.stdout.write(`The demo runs for ${values.minutes} minutes before its picture is taken.\n`);
await sleep(thirdMs);
// What happens to a team now and then: the upstream says 429, and somebody pauses it.
demo.simulator.script({ match: "GET /report", throttle: { retryAfter: "12" } });
await sleep(thirdMs);
await order("/pause", { for: "20s" });
await order("/purge", { group: "tickets", soft: true });
await order("/consumers", { name: "night-job", weight: 2 });
await sleep(thirdMs);
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

async function order(path: string, body: object): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify(body) };
  await (await fetch(`${demo.gateway.adminUrl}${path}`, sent)).text();
}
