import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { request } from "undici";
import { expect, it } from "vitest";
import { start } from "../../src/start/instance.ts";
import { httpOrigin } from "../support/origin.ts";
import { settings, upstream } from "../support/settings.ts";

it("a drain leaves idle connections open while something is under way: who sends on one is told 503, not cut off", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-drain-"));
  const held: ServerResponse[] = [];
  await using origin = await httpOrigin((incoming, outgoing) => {
    if (incoming.url?.includes("held") === true) held.push(outgoing);
    else outgoing.end("answered");
  });
  const given = settings({
    listen: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0, token: "" },
    store: { ...settings().store, file: join(folder, "sluice.db") },
    upstreams: [upstream({ url: origin.url })],
  });
  const running = await start(given, pino({ level: "silent" }));
  const { hostname, port } = new URL(running.url);
  const idle = connect(Number(port), hostname);
  let heard = "";
  idle.setEncoding("utf8").on("data", (text: string) => (heard += text));
  const ask = (): boolean => idle.write("GET /api/x HTTP/1.1\r\nHost: a\r\n\r\n");
  ask();
  await expect.poll(() => heard).toContain("answered");
  const underWay = request(`${running.url}/api/held`).then(({ body }) => body.text());
  await expect.poll(() => held.length).toBe(1);
  const stopped = running.stop();
  heard = "";
  ask();
  await once(idle, "end");
  expect(heard).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close[^]*draining/);
  held[0]?.end("late");
  expect(await underWay).toBe("late");
  await stopped;
  rmSync(folder, { recursive: true });
});
