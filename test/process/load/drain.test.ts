import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, describe, expect, it } from "vitest";
import { runGateway, runSimulator } from "../../support/instance.ts";
import { processConfig, STORED_TICKETS } from "../../support/process-config.ts";

/*
 * A deploy under load: one of two instances is told to end while fifty clients are at it.
 */

const folder = mkdtempSync(join(tmpdir(), "sluice-drain-"));
const CLIENTS = 50;

afterAll(() => rmSync(folder, { recursive: true }));

/** What became of requests: those that an instance did not take are asked for at the other. */
interface Tally {
  answered: number;
  /** No connection, or 503 `draining`: nothing has been taken. */
  movedOn: number;
  readonly dropped: string[];
}

/** `answered`, `refused`, or what went wrong. */
async function askOnce(url: string, agent: Agent): Promise<string> {
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent });
    const text = await body.text();
    if (statusCode === 200) return "answered";
    return text.includes("urn:sluice:problem:draining") ? "refused" : `${statusCode} ${text}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ECONNREFUSED" ? "refused" : `${code}: ${String(error)}`;
  }
}

describe("a drain under load", () => {
  it("answers all that was accepted, and what was refused is answered by the other instance", async () => {
    await using simulator = await runSimulator(300, 2000);
    const store = { file: join(folder, "drain.db") };
    const quotas = [{ limit: 300, window: "2s", pad: "200ms" }];
    const config = processConfig({
      url: simulator.url,
      store,
      api: { quotas, routes: STORED_TICKETS },
    });
    await using leaving = await runGateway(config);
    await using staying = await runGateway(config);
    const agent = new Agent({ connections: CLIENTS });
    const tally: Tally = { answered: 0, movedOn: 0, dropped: [] };
    const stopping = new AbortController();
    const loops = Array.from({ length: CLIENTS }, async (_, index) => {
      for (let turn = 0; !stopping.signal.aborted; turn += 1) {
        const path = turn % 3 === 0 ? `/invoice/${turn % 40}` : `/ticket/${turn % 20}`;
        const order = (index + turn) % 2 === 0 ? [leaving, staying] : [staying, leaving];
        let outcome = "refused";
        for (const { url } of [...order, staying]) {
          outcome = await askOnce(`${url}${path}`, agent);
          if (outcome !== "refused") break;
          tally.movedOn += 1;
        }
        if (outcome === "answered") tally.answered += 1;
        else tally.dropped.push(outcome);
      }
    });
    await expect.poll(() => tally.answered, { timeout: 20_000 }).toBeGreaterThan(500);
    const before = tally.answered;
    const code = await leaving.stop("SIGTERM");
    await expect.poll(() => tally.answered - before, { timeout: 20_000 }).toBeGreaterThan(200);
    stopping.abort();
    await Promise.all(loops);
    await agent.close();
    process.stdout.write(
      `drain under load: ${tally.answered} answered, ${tally.movedOn} asked elsewhere, ${tally.dropped.length} dropped\n`,
    );
    expect(tally.dropped).toEqual([]);
    expect(code).toBe(0);
    expect(tally.movedOn).toBeGreaterThan(0);
  });
});
