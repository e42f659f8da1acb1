import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, runSentinel, SET_NAME, untilTrue, commandTo } from "../fault/stores.ts";
import { breakableLink } from "./breakable-link.ts";
import { startRedis } from "./redis-instance.ts";
import type { Parted } from "./partition-trial.ts";

/*
 * A primary with two replicas behind three sentinels, whose network can be parted: the primary and the first instance on
 * one side, all others on the other, where a replica is promoted. Everybody but the first instance reaches the primary by a
 * link; that one has its address, as who is on its side of the network knows no other primary.
 */

/** The primary refuses writes once no replica has been heard of for so many seconds, where it is to. */
const MAX_LAG_S = 2;

const SENTINELS = 3;

/** Starts the set. `safe`: with `min-replicas-to-write 1`. */
export async function splitSet(safe: boolean): Promise<Parted> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "sluice-split-"));
  stack.defer(async () => rmSync(folder, { recursive: true, force: true }));
  const lag = ["--min-replicas-max-lag", String(MAX_LAG_S)];
  const guard = safe ? ["--min-replicas-to-write", "1", ...lag] : [];
  const speed = ["--repl-ping-replica-period", "1", "--repl-timeout", "5"];
  const primary = await startRedis({ args: [...guard, ...speed] });
  stack.defer(() => primary.stop());
  const link = stack.use(await breakableLink(primary.port));
  const follow = ["--replicaof", "127.0.0.1", String(link.port)];
  for (let index = 0; index < 2; index += 1) {
    const replica = await startRedis({ args: [...guard, ...speed, ...follow] });
    stack.defer(() => replica.stop());
  }
  await untilTrue("two replicas", async () =>
    /^connected_slaves:2/m.test(String(await commandTo(primary.url, ["INFO", "replication"]))),
  );
  const sentinels = Array.from({ length: SENTINELS }, (_, index) => 32_000 + index * 200);
  const ports = sentinels.map((from) => from + Math.floor(Math.random() * 200));
  for (const port of ports) stack.use(runSentinel(folder, port, link.port));
  await Promise.all(ports.map(accepts));
  await untilTrue("sentinels that know the replicas and each other", () => areReady(ports));
  const addresses = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const watched = { redis: `sentinel://${addresses}/${SET_NAME}` };
  const kept = stack.move();
  return {
    stores: [{ redis: primary.url }, watched, watched],
    cut: () => link.cut(),
    heal: () => link.heal(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function areReady(ports: readonly number[]): Promise<boolean> {
  const told = await Promise.all(
    ports.map((port) => commandTo(`redis://127.0.0.1:${port}`, ["SENTINEL", "MASTER", SET_NAME])),
  );
  return told.every((fields) => {
    const flat = fields as string[];
    const valueOf = (name: string): number => Number(flat[flat.indexOf(name) + 1]);
    return valueOf("num-slaves") === 2 && valueOf("num-other-sentinels") === SENTINELS - 1;
  });
}
