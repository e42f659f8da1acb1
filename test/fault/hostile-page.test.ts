import { request as httpRequest } from "node:http";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/gateway.ts";
import { sendRaw } from "../support/raw-client.ts";

/*
 * The admin port of an open gateway on loopback, asked by a page in the operator's browser: it can send any simple request
 * there, and its own name may resolve to 127.0.0.1.
 */

async function knock(
  { gateway }: World,
  headers: Record<string, string>,
  [method, path, body]: [method: string, path: string, body?: string],
): Promise<number> {
  const { port } = new URL(gateway.adminUrl);
  const host = { Host: `127.0.0.1:${port}` };
  const sent = httpRequest({ port, path, method, headers: { ...host, ...headers } });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  answer.resume();
  // A page could read an answer that said it may.
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual(
    [],
  );
  return answer.statusCode ?? 0;
}

const JSON_TYPE = { "Content-Type": "application/json" };
const PAUSE: [string, string, string] = ["POST", "/pause", '{"for":"1m"}'];

describe("the admin port", () => {
  it("does nothing for a hostile page, whatever simple request it sends", async () => {
    await using world = await startWorld();
    const evil = { Origin: "http://evil.example" };
    expect(await knock(world, { ...evil, "Content-Type": "text/plain" }, PAUSE)).toBe(403);
    expect(await knock(world, { "Content-Type": "text/plain" }, PAUSE)).toBe(415);
    expect(await knock(world, { "Content-Type": "text/plain;application/json" }, PAUSE)).toBe(415);
    expect(await knock(world, {}, PAUSE)).toBe(415);
    expect(await knock(world, { ...evil, ...JSON_TYPE }, PAUSE)).toBe(403);
    expect(await knock(world, { Origin: "null", ...JSON_TYPE }, PAUSE)).toBe(403);
    expect(await knock(world, { "Sec-Fetch-Site": "cross-site", ...JSON_TYPE }, PAUSE)).toBe(403);
    const preflight = { ...evil, "Access-Control-Request-Method": "POST" };
    expect(await knock(world, preflight, ["OPTIONS", "/pause"])).toBe(403);
    expect(await knock(world, evil, ["GET", "/pause"])).toBe(404);
    const answer = await sendRaw(
      world.gateway.url,
      "GET /api/user/1 HTTP/1.1\r\nHost: g\r\nPrefer: wait=0\r\nConnection: close\r\n\r\n",
    );
    expect(answer.statuses).toEqual([200]);
  });

  it("tells nothing under a name that is not its own (DNS rebinding)", async () => {
    await using world = await startWorld();
    for (const Host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"]) {
      for (const path of ["/status", "/consumers", "/", "/audit"]) {
        expect([Host, path, await knock(world, { Host }, ["GET", path])]).toEqual([
          Host,
          path,
          403,
        ]);
      }
      expect(await knock(world, { Host, ...JSON_TYPE }, PAUSE)).toBe(403);
    }
  });

  it("is not reached by way of the proxy port", async () => {
    await using world = await startWorld();
    const { host } = new URL(world.gateway.adminUrl);
    for (const target of ["/status", "/metrics", "/api/../status", `http://${host}/status`]) {
      const bytes = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const { statuses, text } = await sendRaw(world.gateway.url, bytes);
      expect([400, 404]).toContain(statuses[0]);
      expect(text).not.toContain("draining");
    }
    expect(world.simulator.arrivals()).toEqual([]);
  });
});
