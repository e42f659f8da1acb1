import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { BalancedLoad } from "../../support/balanced-load.ts";
import { runGateway, runSimulator } from "../../support/instance.ts";
import { processConfig, STORED_TICKETS } from "../../support/process-config.ts";

/*
 * A deploy under load: one of two instances is told to end while fifty clients are at it.
 */

const folder = mkdtempSync(join(tmpdir(), "sluice-drain-"));

afterAll(() => rmSync(folder, { recursive: true }));

describe("a drain under load", () => {
  it("answers all that was accepted, and what was refused is answered by the other instance", async () => {
    await using simulator = await runSimulator(300, 2000);
    const store = { file: join(folder, "drain.db") };
    const quotas = [{ limit: 300, window: "2s", pad: "1s" }];
    const config = processConfig({
      url: simulator.url,
      store,
      api: { quotas, routes: STORED_TICKETS },
    });
    await using leaving = await runGateway(config);
    await using staying = await runGateway(config);
    const targets = [leaving.url, staying.url];
    const load = new BalancedLoad({ clients: 50, targets: () => targets });
    const { tally } = load;
    await expect.poll(() => tally.answered, { timeout: 40_000 }).toBeGreaterThan(500);
    const before = tally.answered;
    const code = await leaving.stop("SIGTERM");
    await expect.poll(() => tally.answered - before, { timeout: 40_000 }).toBeGreaterThan(200);
    await load.stop();
    process.stdout.write(
      `drain under load: ${tally.answered} answered, ${tally.movedOn} asked elsewhere, ${tally.dropped.length} dropped\n`,
    );
    expect(tally.dropped).toEqual([]);
    expect(code).toBe(0);
    expect(tally.movedOn).toBeGreaterThan(0);
  });
});
