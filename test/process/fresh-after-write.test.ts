import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { request } from "undici";
import { describe, expect, inject, it } from "vitest";
import {
  runGateway,
  runSimulator,
  type GatewayProcess,
  type SimulatorProcess,
} from "../support/instance.ts";
import { processConfig, STORED_TICKETS } from "../support/process-config.ts";

/*
 * Promise P7 on real processes whose near caches are full of what a write changes: one stands still, one loses the
 * messages of the others, one is killed.
 */

interface Two {
  readonly simulator: SimulatorProcess;
  readonly writer: GatewayProcess;
  readonly reader: GatewayProcess;
}

function configOf(url: string): object {
  const store = { redis: inject("redisUrl"), prefix: `p-${randomUUID().slice(0, 8)}` };
  const quotas = [{ limit: 1000, window: "10s", pad: "1s" }];
  return processConfig({ url, store, api: { quotas, routes: STORED_TICKETS } });
}

async function twoInstances(work: (two: Two) => Promise<void>): Promise<void> {
  await using simulator = await runSimulator(1000, 10_000);
  const config = configOf(simulator.url);
  await using writer = await runGateway(config);
  await using reader = await runGateway(config);
  // What both hold in memory from here on.
  for (const gateway of [writer, reader, reader]) await read(gateway);
  expect((await read(reader)).status).toContain("hit");
  await work({ simulator, writer, reader });
}

async function read({ url }: GatewayProcess): Promise<{ subject: string; status: string }> {
  const { body, headers } = await request(`${url}/ticket/1`);
  const { ticket } = (await body.json()) as { ticket: { subject: string } };
  return { subject: ticket.subject, status: String(headers["cache-status"]) };
}

/** Writes, and tells how long the answer took. */
async function write({ url }: GatewayProcess, subject: string): Promise<number> {
  const since = performance.now();
  const { body, statusCode } = await request(`${url}/ticket/1`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subject }),
  });
  await body.dump();
  expect(statusCode).toBe(200);
  return performance.now() - since;
}

describe("fresh after a write, while an instance is not well", () => {
  it("one that stands still delays one write by its lease at most, and shows nothing old when it goes on", async () => {
    await twoInstances(async ({ writer, reader }) => {
      reader.child.kill("SIGSTOP");
      const tookMs = await write(writer, "while it stood still");
      const againMs = await write(writer, "while it stood still, again");
      const reading = read(reader);
      reader.child.kill("SIGCONT");
      expect((await reading).subject).toBe("while it stood still, again");
      // Its lease is half a second; a process that is gone is waited for once.
      expect(tookMs).toBeGreaterThan(400);
      expect(tookMs).toBeLessThan(2000);
      expect(againMs).toBeLessThan(400);
    });
  });

  it("one that hears no messages learns of the write by its next renewal, before the write is answered", async () => {
    await twoInstances(async ({ writer, reader }) => {
      await using stack = new AsyncDisposableStack();
      const redis = new Redis(inject("redisUrl"));
      stack.defer(async () => void (await redis.quit()));
      for (let turn = 0; turn < 5; turn += 1) {
        await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
        await write(writer, `unheard ${turn}`);
        expect((await read(reader)).subject).toBe(`unheard ${turn}`);
      }
    });
  });

  it("one that was killed is waited for once", async () => {
    await twoInstances(async ({ writer, reader }) => {
      await reader.stop("SIGKILL");
      expect(await write(writer, "after its end")).toBeLessThan(2000);
      expect(await write(writer, "after its end, again")).toBeLessThan(400);
      expect((await read(writer)).subject).toBe("after its end, again");
    });
  });
});
