import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createAdminFront, type Desk } from "../../src/workers/admin-front.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-front-"));
const servers: Server[] = [];
let made = 0;

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function worker(number: number, answer: RequestListener): Promise<Desk> {
  made += 1;
  const socketPath = join(folder, `${made}.sock`);
  const server = createServer(answer).listen(socketPath);
  servers.push(server);
  await once(server, "listening");
  return { worker: number, socketPath };
}

async function front(desks: readonly Desk[], patienceMs?: number): Promise<string> {
  const server = createAdminFront(() => desks, patienceMs).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function says(status: number, value: object): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(value));
  };
}

function metrics(_request: unknown, response: ServerResponse): void {
  response.end("a 1\n");
}

async function reload(desks: readonly Desk[]): Promise<unknown> {
  const response = await fetch(`${await front(desks)}/reload`, { method: "POST" });
  return response.json();
}

async function repeat(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request;
  const body = await text(request);
  response.writeHead(202, { "X-Own": "1" });
  response.end(JSON.stringify({ method, url, token: headers.authorization, body }));
}

describe("createAdminFront()", () => {
  it("hands a request to the first worker as it is: method, fields and body", async () => {
    const first = await worker(1, (request, response) => void repeat(request, response));
    const url = await front([first, await worker(2, says(500, {}))]);
    const response = await fetch(`${url}/purge?x=1`, {
      method: "POST",
      headers: { Authorization: "Bearer t" },
      body: "{}",
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("x-own")).toBe("1");
    const told = { method: "POST", url: "/purge?x=1", token: "Bearer t", body: "{}" };
    expect(await response.json()).toEqual(told);
  });

  it("adds up the status of all, without one that has just ended", async () => {
    const one = { draining: false, total: { asked: 1 }, consumers: {}, upstreams: {} };
    const gone = { worker: 3, socketPath: join(folder, "gone.sock") };
    const url = await front([
      await worker(1, says(200, one)),
      await worker(2, says(200, one)),
      gone,
    ]);
    const response = await fetch(`${url}/status`);
    expect(await response.json()).toMatchObject({ workers: 2, total: { asked: 2 } });
  });

  it("labels the metrics of all by worker", async () => {
    const url = await front([await worker(1, metrics), await worker(2, metrics)]);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('a{worker="1"} 1\na{worker="2"} 1\n');
  });

  it("reloads all, and tells what counts most: a refusal, then a change", async () => {
    const idle = await worker(1, says(200, { result: "unchanged" }));
    const changed = await worker(2, says(200, { result: "applied" }));
    const refused = await worker(3, says(422, { result: "refused" }));
    expect(await reload([idle, changed])).toEqual({ result: "applied" });
    expect(await reload([idle, changed, refused])).toEqual({ result: "refused" });
  });

  it("lets nobody in whom a worker refuses", async () => {
    const shut = await worker(1, says(401, {}));
    for (const path of ["/status", "/metrics", "/audit"]) {
      expect((await fetch(`${await front([shut])}${path}`)).status).toBe(401);
    }
  });

  it("asks one after the other for what only one may know", async () => {
    const url = await front([
      await worker(1, says(404, {})),
      await worker(2, says(200, { id: 7 })),
    ]);
    expect(await (await fetch(`${url}/warm/7`)).json()).toEqual({ id: 7 });
    expect((await fetch(`${url}/explain/7`)).status).toBe(200);
  });

  it("is alive without any worker, and ready with one only", async () => {
    const url = await front([]);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it("refuses an order that is too long, and tells of a worker that has just ended", async () => {
    const gone = { worker: 1, socketPath: join(folder, "gone.sock") };
    const url = await front([gone]);
    const body = "x".repeat(70_000);
    expect((await fetch(`${url}/purge`, { method: "POST", body })).status).toBe(413);
    expect((await fetch(`${url}/audit`)).status).toBe(503);
  });

  it("lets go of a stream whose viewer left before it began", async () => {
    const begun = Promise.withResolvers<ServerResponse>();
    const url = await front([await worker(1, (_request, response) => begun.resolve(response))]);
    const leaving = new AbortController();
    const viewed = fetch(`${url}/dashboard/stream`, { signal: leaving.signal });
    const stream = await begun.promise;
    leaving.abort();
    await expect(viewed).rejects.toThrow("aborted");
    await expect.poll(() => stream.destroyed).toBe(true);
  });

  it("tells the figures of the others where one stands still", async () => {
    const still = await worker(1, () => {});
    const url = await front([still, await worker(2, metrics)], 200);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('a{worker="2"} 1\n');
  });
});
