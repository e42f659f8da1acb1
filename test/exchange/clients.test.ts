import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { create } from "axios";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { startWorld } from "../support/gateway.ts";
import { program } from "../support/program.ts";

/*
 * Real clients, unchanged but for the base URL: each writes a ticket with the app key where it always
 * put it, and reads it back.
 */

const run = promisify(execFile);

/** Python, with nothing but its standard library. */
const PYTHON = `
import json, sys, urllib.request
base, key = sys.argv[1], sys.argv[2]
def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{base}{path}?apikey={key}", data, headers, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)
call("PUT", "/ticket/1", {"subject": "from python"})
print(call("GET", "/ticket/1")["ticket"]["subject"])
`;

describe("real clients", () => {
  it("curl writes and reads", { timeout: 120_000 }, async () => {
    await using world = await startWorld();
    const url = `${world.base}/ticket/1?apikey=sim-key`;
    const json = ["-H", "Content-Type: application/json", "-d", '{"subject":"from curl"}'];
    const curl = await program("curl", "curl");
    await run(curl, ["-sS", "-f", "-X", "PUT", ...json, url]);
    const { stdout } = await run(curl, ["-sS", "-f", "--compressed", url]);
    expect(JSON.parse(stdout)).toMatchObject({ ticket: { subject: "from curl" } });
  });

  it("axios writes and reads", async () => {
    await using world = await startWorld();
    const api = create({ baseURL: world.base, params: { apikey: "sim-key" } });
    await api.put("/ticket/1", { subject: "from axios" });
    const { data } = await api.get<{ ticket: { subject: string } }>("/ticket/1");
    expect(data.ticket.subject).toBe("from axios");
  });

  it("undici and fetch write and read", async () => {
    await using world = await startWorld();
    const headers = { "x-api-key": "sim-key", "content-type": "application/json" };
    const body = JSON.stringify({ subject: "from undici" });
    const wrote = await request(`${world.base}/ticket/1`, { method: "PUT", headers, body });
    await wrote.body.dump();
    const read = await fetch(`${world.base}/ticket/1`, { headers });
    expect(await read.json()).toMatchObject({ ticket: { subject: "from undici" } });
  });

  it("Python writes and reads", { timeout: 120_000 }, async () => {
    await using world = await startWorld();
    const python = await program("python3", "python3-minimal");
    const { stdout } = await run(python, ["-c", PYTHON, world.base, "sim-key"]);
    expect(stdout.trim()).toBe("from python");
  });
});
