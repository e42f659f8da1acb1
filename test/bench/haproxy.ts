import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, SERVER_CORE, started, type Peer } from "./peers.ts";

/** HAProxy with its cache of small objects in memory. */
export async function startHaproxy(originUrl: string): Promise<Peer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sluice-haproxy-"));
  const file = join(folder, "haproxy.cfg");
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
cache stored
  total-max-size 256
  max-age 3600
frontend clients
  bind 127.0.0.1:${port}
  http-request cache-use stored
  http-response cache-store stored
  default_backend origin
backend origin
  server one ${new URL(originUrl).host}
`,
  );
  const args = ["haproxy", "-db", "-f", file];
  return started("HAProxy", { args, core: SERVER_CORE, port, folder });
}
