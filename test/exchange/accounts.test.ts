import { describe, expect, it } from "vitest";
import { request } from "undici";
import { repositoryFile } from "../deploy/repository-file.ts";
import { startWorld, TICKET_ROUTES, type World } from "../support/gateway.ts";
import { route } from "../support/settings.ts";
import type { Consumer, Settings } from "../../src/ports/settings.ts";

/*
 * The accounts, seen from where an operator stands; docs/accounts.md says how they are asked for, and each of its
 * examples is asked here.
 */

const SYNC = consumer("billing-sync");
const PORTAL = consumer("portal");
const REPORT = route({
  name: "GET /invoice/**",
  match: { methods: ["GET"], path: "/invoice/**" },
  cost: 5,
});

function consumer(name: string): Consumer {
  const key = `key-of-${name}`;
  return { name, key, weight: 1, priority: 3, allow: [], mayForce: false };
}

interface Row extends Readonly<Record<string, unknown>> {
  readonly asked: number;
}

interface Accounts {
  readonly rows: readonly Row[];
  readonly total: Row;
}

async function worldOf(settings: Partial<Settings> = {}): Promise<World> {
  return startWorld({
    upstream: { routes: [...TICKET_ROUTES, REPORT] },
    settings: { consumers: [SYNC, PORTAL], ...settings },
  });
}

async function ask(base: string, path: string, key: string): Promise<number> {
  const { statusCode, body } = await request(`${base}${path}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await body.dump();
  return statusCode;
}

async function accounts(adminUrl: string, query = ""): Promise<Accounts> {
  const { body } = await request(`${adminUrl}/accounts${query}`);
  return (await body.json()) as Accounts;
}

/** What a command of the documentation asks for, at another address and with today's dates. */
function commandOf(text: string): { path: string; headers: Record<string, string> } {
  const [, path = ""] = /"http:\/\/127\.0\.0\.1:8081([^"]*)"/.exec(text) ?? [];
  const today = new Date();
  const days = (back: number): string =>
    new Date(today.getTime() - back * 86_400_000).toISOString().slice(0, 10);
  const fields = [...text.matchAll(/-H "([^:]+): ([^"]+)"/g)];
  return {
    path: path.replaceAll("2026-11-24", days(1)).replaceAll("2026-10-26", days(29)),
    headers: Object.fromEntries(
      fields.map(([, name = "", value = ""]) => [
        name,
        value.replace("$SLUICE_ADMIN_TOKEN", "t0ken"),
      ]),
    ),
  };
}

const commands = [...repositoryFile("docs/accounts.md").matchAll(/```sh\n(curl [^`]+)```/g)].map(
  ([, text = ""]) => text.trim(),
);

describe("the accounts", () => {
  it("tell who asked for what on which account, over all instances", async () => {
    await using world = await worldOf();
    const other = await world.another();
    await ask(world.base, "/ticket/1", SYNC.key);
    await ask(`${other.url}/api`, "/ticket/1", SYNC.key);
    await ask(`${other.url}/api`, "/invoice/1", PORTAL.key);
    await ask(`${other.url}/api`, "/invoice/2", PORTAL.key);
    await ask(world.base, "/user/1", PORTAL.key);
    await ask(world.base, "/user/1", "nobody's key");
    // The other instance hands in within a second.
    await expect
      .poll(async () => (await accounts(world.gateway.adminUrl)).total.asked, { timeout: 5000 })
      .toBe(6);
    const byConsumer = await accounts(world.gateway.adminUrl);
    expect(byConsumer.rows).toMatchObject([
      { consumer: "portal", asked: 3, forwarded: 3, units: 11, waited: { count: 3 } },
      { consumer: "billing-sync", asked: 2, fromStore: 1, forwarded: 1, units: 1 },
      { consumer: "(none)", asked: 1, forwarded: 0, refused: { "unknown-consumer": 1 } },
    ]);
    expect(byConsumer.total).toMatchObject({ asked: 6, forwarded: 4, units: 12 });
    const byRoute = await accounts(other.adminUrl, "?by=route&upstream=clientexec&consumer=portal");
    expect(byRoute.rows).toMatchObject([
      { route: "GET /invoice/**", asked: 2, units: 10 },
      { route: "unlisted", asked: 1, units: 1 },
    ]);
    const byHour = await accounts(other.adminUrl, "?by=hour");
    expect(byHour.rows.reduce((sum, { asked }) => sum + asked, 0)).toBe(6);
  });

  it("are there still when the instances are others", async () => {
    await using world = await worldOf();
    await ask(world.base, "/user/1", SYNC.key);
    await world.gateway.stop();
    const next = await world.another();
    expect((await accounts(next.adminUrl)).total).toMatchObject({ asked: 1, units: 1 });
  });
});

describe("docs/accounts.md", () => {
  it("has its examples in blocks that are found here", () => {
    expect(commands).toHaveLength(repositoryFile("docs/accounts.md").match(/```sh/g)?.length ?? 0);
  });

  it.each(commands)("is right: %s", async (text) => {
    const admin = { host: "127.0.0.1", port: 0, token: "t0ken" };
    const token = text.includes("TOKEN") ? { admin } : {};
    await using world = await worldOf(token);
    await ask(world.base, "/ticket/1", SYNC.key);
    const { path, headers } = commandOf(text);
    const {
      statusCode,
      body,
      headers: fields,
    } = await request(`${world.gateway.adminUrl}${path}`, { headers });
    const told = await body.text();
    expect([statusCode, told]).toEqual([200, expect.anything()]);
    const asCsv = /csv/.test(text);
    expect(fields["content-type"]).toMatch(asCsv ? /^text\/csv/ : /^application\/json/);
    expect(told).toMatch(asCsv ? /^\w+,asked,.*\r\n$/s : /^\{"from":/);
  });
});
