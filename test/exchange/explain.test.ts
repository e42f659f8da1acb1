import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { request } from "undici";
import { repositoryFile } from "../deploy/repository-file.ts";
import { startWorld, TICKET_ROUTES, type World } from "../support/gateway.ts";
import { program } from "../support/program.ts";
import type { Consumer, Quota } from "../../src/ports/settings.ts";

/*
 * Explanations, seen from where an operator stands. docs/explain.md shows questions and answers; each is asked here, in
 * its order.
 */

const run = promisify(execFile);
const TOKEN = "canary-admin-token";
const APP_KEY = "canary-app-key";
const SYNC = consumer("billing-sync", { weight: 3 });
const REPORTS = consumer("reports", { allow: [{ methods: ["GET"], path: "/**" }] });

function consumer(name: string, changes: Partial<Consumer> = {}): Consumer {
  const key = `canary-key-of-${name}`;
  return { name, key, weight: 1, priority: 3, allow: [], mayForce: false, ...changes };
}

function openWorld(quota: Partial<Quota> = {}): Promise<World> {
  return startWorld({
    simulator: { key: APP_KEY },
    upstream: {
      routes: TICKET_ROUTES,
      keys: [{ in: "query", name: "apikey", value: APP_KEY }],
      quotas: [{ name: "clientexec", limit: 1000, windowMs: 60_000, padMs: 1000, ...quota }],
    },
    settings: {
      consumers: [SYNC, REPORTS],
      admin: { host: "127.0.0.1", port: 0, token: TOKEN },
    },
  });
}

async function ask({ base }: World, path: string, fields: Record<string, string> = {}) {
  const { body, statusCode } = await request(`${base}${path}`, {
    headers: { authorization: `Bearer ${SYNC.key}`, ...fields },
  });
  await body.dump();
  return statusCode;
}

async function explain({ gateway }: World, order: object) {
  const { body, statusCode } = await request(`${gateway.adminUrl}/explain`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(order),
  });
  return { statusCode, text: await body.text() };
}

async function past({ gateway }: World, id: string) {
  const { body, statusCode } = await request(`${gateway.adminUrl}/explain/${id}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return { statusCode, text: await body.text() };
}

/** What of an answer the document shows; `"..."` is whatever differs each time. */
function likeShown(told: unknown, shown: unknown): unknown {
  if (shown === "...") return told === undefined ? told : shown;
  if (Array.isArray(shown) && Array.isArray(told)) {
    return told.map((one, index) => likeShown(one, shown[index]));
  }
  if (typeof shown !== "object" || shown === null || typeof told !== "object") return told;
  const wanted = new Map(Object.entries(shown));
  const members = Object.entries({ ...told }).filter(([name]) => wanted.has(name));
  return Object.fromEntries(
    members.map(([name, value]) => [name, likeShown(value, wanted.get(name))]),
  );
}

describe("explanations", () => {
  it("say what then happens, and spend nothing", async () => {
    await using world = await openWorld();
    const order = { url: "/api/ticket/1", consumer: "billing-sync" };
    const outcome = async () =>
      (JSON.parse((await explain(world, order)).text) as { outcome: object }).outcome;
    for (let index = 0; index < 20; index += 1) {
      expect(await outcome()).toEqual({ kind: "forwarded" });
    }
    expect(world.gateway.status().total.forwarded).toBe(0);
    expect(world.gateway.status().total.asked).toBe(0);
    await ask(world, "/ticket/1");
    expect(world.gateway.status().upstreams["clientexec"]?.standings[0]?.used).toBe(1);
    expect(await outcome()).toEqual({ kind: "stored" });
    expect(world.gateway.status().total.forwarded).toBe(1);
  });

  it("say what then happens where the quota is used up, through any instance", async () => {
    await using world = await openWorld({ limit: 3 });
    const other = await world.another();
    for (const path of ["/user/1", "/user/2", "/user/3"]) await ask(world, path);
    const prefer = { Prefer: "wait=2" };
    const order = { url: "/api/user/4", consumer: "billing-sync", fields: prefer };
    const told = await explain({ ...world, gateway: other }, order);
    const { outcome, forward } = JSON.parse(told.text) as {
      outcome: object;
      forward: { forecast: { waitMs: number } };
    };
    expect(outcome).toEqual({ kind: "refused", problem: "deadline-passed" });
    const { body, statusCode } = await request(`${world.base}/user/4`, {
      headers: { authorization: `Bearer ${SYNC.key}`, ...prefer },
    });
    const refusal = (await body.json()) as { type: string; predictedMs: number };
    expect([statusCode, refusal.type]).toEqual([429, expect.stringMatching(/deadline-passed$/)]);
    expect(Math.abs(refusal.predictedMs - forward.forecast.waitMs)).toBeLessThan(1000);
  });

  it("hold no secret, wherever it was put", async () => {
    await using world = await openWorld();
    const secrets = [APP_KEY, TOKEN, SYNC.key, REPORTS.key];
    const fields = { authorization: `Bearer ${SYNC.key}`, "X-Other": REPORTS.key, Cookie: APP_KEY };
    const told: string[] = [];
    for (const secret of secrets) {
      const url = `/api/ticket/${secret}?apikey=${secret}&a=${secret}`;
      told.push((await explain(world, { url, consumer: "billing-sync", fields })).text);
      await ask(world, `/ticket/${secret}?a=${secret}`, { "x-request-id": `of-${told.length}` });
      told.push((await past(world, `of-${told.length}`)).text);
    }
    expect(told.filter((text) => text.includes('"summary"'))).toHaveLength(8);
    for (const secret of secrets) expect(told.join("\n")).not.toContain(secret);
  });

  it("tell why a request of the past was refused, and of none that this instance never saw", async () => {
    await using world = await openWorld();
    const fields = { "x-request-id": "stranger", authorization: "Bearer nobody's" };
    expect(await ask(world, "/ticket/1", fields)).toBe(401);
    const { text } = await past(world, "stranger");
    expect(JSON.parse(text)).toMatchObject({
      exchanges: [{ status: 401, problem: "unknown-consumer", forwards: 0 }],
    });
    expect((await past(world, "never-seen")).statusCode).toBe(404);
  });
});

describe("docs/explain.md", () => {
  it("shows what happens", async () => {
    await using world = await openWorld();
    await program("curl", "curl");
    const parts = repositoryFile("docs/explain.md").split("```sh\n").slice(1);
    const summaries: string[] = [];
    let shownAnswers = 0;
    for (const part of parts) {
      const [script = ""] = part.split("```\n", 1);
      if (script.includes("nightly-42")) {
        await ask(world, "/ticket/5", { "x-request-id": "nightly-42" });
      }
      const at = script.replace("http://127.0.0.1:8081", world.gateway.adminUrl);
      const env = { ...process.env, SLUICE_ADMIN_TOKEN: TOKEN };
      const { stdout } = await run("bash", ["-euc", at], { env });
      const answer = JSON.parse(stdout) as { summary?: string };
      summaries.push(answer.summary ?? "");
      const shown = /```json\n([\s\S]*?)\n```/.exec(part)?.[1];
      if (shown === undefined) continue;
      shownAnswers += 1;
      const document = JSON.parse(shown) as unknown;
      expect(likeShown(answer, document)).toEqual(document);
    }
    expect(shownAnswers).toBe(2);
    expect(summaries).toEqual([
      expect.stringMatching(/would go to clientexec/),
      expect.stringMatching(/^Since its route has no cache.*it may wait 1 s\.$/),
      expect.stringMatching(/refused \(not-allowed\): the allow-list of reports/),
      "",
    ]);
  });
});
