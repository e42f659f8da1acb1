import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { stringify } from "yaml";

/*
 * The servers that are compared, each in a process of its own on the server's core, before one origin.
 */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The core that servers run on; load comes from the other. */
export const SERVER_CORE = "0";
/** The core that load comes from, the origin's too: it is idle where answers come from store. */
export const LOAD_CORE = "1";

/** As `npm start` has it. */
const START = ["--max-semi-space-size=4", join(ROOT, "src/sluice.js")];

/** How long a server may take to answer at its start. */
const START_MS = 10_000;

/** A server under comparison. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  /** Where `/items/1` answers. */
  readonly url: string;
  readonly pid: number;
}

/** True where a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** A command that runs on one core, where that can be arranged. */
export function pinned(core: string, args: readonly string[]): readonly string[] {
  const canPin = availableParallelism() > 1 && isInstalled("taskset");
  return canPin ? ["taskset", "-c", core, ...args] : args;
}

/** A port that nobody listens on at present. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  server.close();
  await once(server, "close");
  return address.port;
}

/** The bare server: as the origin, or with the fields of the gateway's answers as a peer. */
export async function startBare(as: "origin" | "gateway", core: string): Promise<Peer> {
  const port = await freePort();
  const script = fileURLToPath(new URL("origin.ts", import.meta.url));
  const args = [process.execPath, script, "--port", String(port), "--fields", as];
  return started("bare node:http", { args, core, port });
}

/** What distinguishes one gateway from another. */
export interface GatewayKind {
  readonly name: string;
  readonly originUrl: string;
  /** Members of `store`. */
  readonly store?: object;
  /** Members of the upstream. */
  readonly api?: object;
  /** Members of the whole. */
  readonly more?: object;
  /** What answers with 200 where the gateway is there; absent: `/items/1`. */
  readonly path?: string;
}

/** The gateway, with access records on. */
export async function startGateway(kind: GatewayKind): Promise<Peer> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const file = join(folder, "sluice.yaml");
  const quotas = [{ limit: 100_000, window: "60s", pad: "1s" }];
  const api = { mount: "", url: kind.originUrl, quotas, concurrency: 20, ...kind.api };
  writeFileSync(
    file,
    stringify({
      listen: { port },
      admin: { port: adminPort },
      log: { level: "info", pretty: false },
      store: { file: join(folder, "store.db"), ...kind.store },
      upstreams: { api },
      ...kind.more,
    }),
  );
  const args = [process.execPath, ...START, "--config", file];
  const { name, path } = kind;
  return started(name, { args, core: SERVER_CORE, port, folder, ...(path ? { path } : {}) });
}

/** nginx with its cache in files, as `proxy_cache` has it, and an access log. */
export async function startNginx(originUrl: string): Promise<Peer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sluice-nginx-"));
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `${process.getuid?.() === 0 ? "user root; " : ""}daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log /dev/null;
  proxy_cache_path ${folder}/cache keys_zone=one:50m max_size=1g;
  proxy_temp_path ${folder}/temp; client_body_temp_path ${folder}/body;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${originUrl}; proxy_cache one; proxy_cache_valid 200 1h; proxy_cache_lock on;
      add_header X-Cache-Status $upstream_cache_status; add_header X-Request-Id $request_id;
    }
  }
}
`,
  );
  const args = ["nginx", "-c", file, "-p", folder];
  return started("nginx proxy_cache", { args, core: SERVER_CORE, port, folder });
}

/** Varnish with its cache in memory. */
export async function startVarnish(originUrl: string): Promise<Peer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sluice-varnish-"));
  mkdirSync(join(folder, "work"));
  const { host } = new URL(originUrl);
  const vcl = join(folder, "bench.vcl");
  const [name, backendPort] = host.split(":");
  // Varnish drops its privileges before it reads.
  chmodSync(folder, 0o755);
  chmodSync(join(folder, "work"), 0o777);
  writeFileSync(vcl, `vcl 4.1;\nbackend b { .host = "${name}"; .port = "${backendPort}"; }\n`);
  const listen = ["-a", `127.0.0.1:${port}`, "-f", vcl, "-n", join(folder, "work")];
  const args = ["varnishd", "-F", ...listen, "-s", "malloc,256m", "-p", "thread_pools=1"];
  return started("Varnish", { args, core: SERVER_CORE, port, folder });
}

interface Starting {
  readonly args: readonly string[];
  readonly core: string;
  readonly port: number;
  /** Removed with the peer. */
  readonly folder?: string;
  readonly path?: string;
}

/** Starts a server on its core; resolves once it answers. @throws Error where it does not. */
export async function started(name: string, starting: Starting): Promise<Peer> {
  const { args, core, port, folder, path = "/items/1" } = starting;
  const [program = "", ...rest] = pinned(core, args);
  const child = spawn(program, rest, {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", openSync("/dev/null", "w"), "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}${path}`, child, name);
  return {
    name,
    url,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      // The whole group: workers and managers too.
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), "SIGTERM");
      await exited;
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once the URL answers with 200. */
async function answers(url: string, child: ChildProcess, name: string): Promise<void> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && child.exitCode === null) {
    try {
      const { statusCode, body } = await request(url);
      await body.dump();
      if (statusCode === 200) return;
    } catch {
      // Not yet.
    }
    await sleep(20);
  }
  throw new Error(`${name} did not answer at ${url}.`);
}
