import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRedis } from "../support/redis-instance.ts";
import { consumersCurve } from "./growth-consumers.ts";
import { embeddedLedgers, limitCurves, queueCurve, redisLedgers } from "./growth-ledger.ts";
import { storedCurves } from "./growth-store.ts";
import { GROWTH_MARKS, growthTable, type Curve } from "./growth-table.ts";
import { isInstalled } from "./peers.ts";
import { between } from "./report.ts";

/*
 * `npm run bench:growth`: whether things cost more where there is more of everything, by processor time. It takes some
 * minutes and 2 GB of disk, and names what it leaves out.
 */

const PAGE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "sluice-growth-"));
const curves: Curve[] = [];
try {
  await part("stored responses", () => storedCurves(folder));
  await part("consumers", async () => [await consumersCurve()]);
  await part("embedded ledger", async () => {
    await using ledgers = embeddedLedgers(folder);
    return [await queueCurve(ledgers, "embedded"), ...(await limitCurves(ledgers, "embedded"))];
  });
  await part("ledger in Redis", inRedis);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const table = growthTable(curves);
console.log(table);
writeFileSync(PAGE, between(readFileSync(PAGE, "utf8"), table, GROWTH_MARKS));

async function part(name: string, measure: () => Promise<Curve[]>): Promise<void> {
  const only = process.argv.slice(2);
  if (only.length > 0 && !only.includes(name)) return;
  try {
    console.log(`${name} ...`);
    curves.push(...(await measure()));
  } catch (error) {
    console.log(`${name}: left out. ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Here the cost is that of the process and of the server. */
async function inRedis(): Promise<Curve[]> {
  if (!isInstalled("redis-server")) throw new Error("redis-server is not installed.");
  const redis = await startRedis();
  try {
    await using ledgers = redisLedgers(redis.url);
    return await limitCurves(ledgers, "Redis");
  } finally {
    await redis.stop();
  }
}
