import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";

const quotas = [{ name: "clientexec", limit: 20, windowMs: 60_000, padMs: 1000 }];

interface Report {
  readonly upstreams: readonly {
    readonly consumers: readonly Readonly<Record<string, unknown>>[];
  }[];
}

async function ask(world: World, consumer: string): Promise<number> {
  const headers = { "Sluice-Consumer": consumer, Prefer: "wait=0" };
  const answer = await fetch(`${world.base}/invoice/1`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function report(world: World): Promise<Report> {
  const answer = await fetch(`${world.gateway.adminUrl}/shadow`);
  return (await answer.json()) as Report;
}

describe("shadow mode", () => {
  it("tells through whole exchanges who would have been let go, and changes no answer", async () => {
    const [quota] = quotas;
    const shadow = { quotas: [{ ...quota!, limit: 10 }], weights: { import: 5 } };
    await using world = await startWorld({ upstream: { quotas, shadow } });
    for (let index = 0; index < 12; index += 1) expect(await ask(world, "import")).toBe(200);
    await expect
      .poll(async () => (await report(world)).upstreams[0]?.consumers[0])
      .toMatchObject({
        consumer: "import",
        weights: { real: 1, shadow: 5 },
        asked: 12,
        real: { granted: 12, refused: 0, units: 12 },
        shadow: { granted: 10, refused: 2, units: 10 },
      });
  });

  it("is nowhere where nothing is tried", async () => {
    await using world = await startWorld({ upstream: { quotas } });
    expect(await ask(world, "import")).toBe(200);
    expect((await report(world)).upstreams).toEqual([]);
  });
});
