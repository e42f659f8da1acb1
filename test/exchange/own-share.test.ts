import { parseList } from "structured-headers";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";
import type { Consumer } from "../../src/ports/settings.ts";

function consumer(name: string, weight: number): Consumer {
  const key = `${name}-key`;
  return { name, key, weight, priority: 3, allow: [], mayForce: false };
}

const quotas = [{ name: "clientexec", limit: 20, windowMs: 60_000, padMs: 1000 }];

async function get(world: World, path: string, fields: Record<string, string> = {}) {
  const answer = await fetch(`${world.base}${path}`, { headers: fields });
  await answer.arrayBuffer();
  const [policies, limits] = ["ratelimit-policy", "ratelimit"].map((name) =>
    parseList(answer.headers.get(name) ?? ""),
  );
  return { policies, limits };
}

const pkOf = (item: ReturnType<typeof parseList>[number] | undefined): string =>
  Buffer.from(item?.[1].get("pk") as ArrayBuffer).toString();

describe("a consumer's own share", () => {
  it("is told beside the upstream's quota, under the consumer's name", async () => {
    const consumers = [consumer("sync", 3), consumer("portal", 1)];
    await using world = await startWorld({ upstream: { quotas }, settings: { consumers } });
    const key = { Authorization: "Bearer sync-key" };
    const { policies, limits } = await get(world, "/invoice/1", key);
    expect(policies?.map(([name]) => name)).toEqual(["clientexec", "clientexec-share"]);
    expect(policies?.[1]?.[1].get("q")).toBe(20);
    expect(limits?.[1]?.[1].get("r")).toBe(19);
    expect([pkOf(policies?.[1]), pkOf(limits?.[1])]).toEqual(["sync", "sync"]);
  });

  it("is told to each caller of an open gateway under the name that it goes by", async () => {
    await using world = await startWorld({ upstream: { quotas } });
    const { limits } = await get(world, "/invoice/1", { "Sluice-Consumer": "import" });
    expect(pkOf(limits?.[1])).toBe("import");
  });

  it("is told to nobody who is not let in", async () => {
    const consumers = [consumer("sync", 3)];
    await using world = await startWorld({ upstream: { quotas }, settings: { consumers } });
    await get(world, "/invoice/1", { Authorization: "Bearer sync-key" });
    const { policies, limits } = await get(world, "/invoice/1");
    expect([...(policies ?? []), ...(limits ?? [])].filter(([, more]) => more.has("pk"))).toEqual(
      [],
    );
  });
});
