import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/problems.ts";
import { Reloading } from "../../src/operate/reloading.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { settings, upstream } from "../support/settings.ts";
import type { Settings } from "../../src/ports/settings.ts";

const BEFORE = settings({ upstreams: [upstream()] });
const PROBLEM = { path: "open", problem: "is odd" };

const noop = (): Promise<void> => Promise.resolve();
const never = (): Promise<void> => Promise.reject(new Error("Nothing is to be applied."));

function open(load: () => Settings, apply: (settings: Settings) => Promise<void> = noop) {
  const told: string[] = [];
  const tell = (level: string) => (fields: object, text: string) =>
    void told.push(`${level} ${text} ${JSON.stringify(fields)}`);
  const log = { info: tell("info"), warn: tell("warn"), error: tell("error") };
  return { told, reloading: new Reloading({ load, settings: BEFORE, apply, log }) };
}

describe("reload()", () => {
  it("applies what can change, and goes by it from then on", async () => {
    const after = settings({ upstreams: [upstream({ concurrency: 7 })] });
    const applied: Settings[] = [];
    const { reloading, told } = open(
      () => after,
      async (one) => void applied.push(one),
    );
    const changed = ["upstreams.api.concurrency"];
    expect(await reloading.reload("signal")).toEqual({ kind: "applied", changed });
    expect(applied).toEqual([after]);
    expect(reloading.settings).toBe(after);
    expect(await reloading.reload("file")).toEqual({ kind: "unchanged" });
    expect(told[0]).toMatch(/^info The configuration was reloaded .*"cause":"signal"/);
  });

  it("applies nothing of a file that is faulty or needs a restart, and tells why", async () => {
    const faulty = open(() => {
      throw new ConfigError("a.yaml", [PROBLEM]);
    }, never);
    expect(await faulty.reloading.reload("order")).toEqual({
      kind: "refused",
      problems: [PROBLEM],
    });
    expect(faulty.told[0]).toMatch(/^error .*the old one stays.*is odd/);
    const upstreams = [upstream({ concurrency: 7 })];
    const moved = settings({ upstreams, listen: { host: "127.0.0.1", port: 1 } });
    const needing = open(() => moved, never);
    expect(await needing.reloading.reload("order")).toEqual({
      kind: "needs-restart",
      paths: ["listen.port"],
    });
    expect(needing.reloading.settings).toBe(BEFORE);
    expect(needing.told[0]).toMatch(/^warn /);
  });

  it("keeps the old one where the store is away, and rejects on faults of its own", async () => {
    const after = settings({ upstreams: [upstream({ name: "new" })] });
    const away = open(
      () => after,
      () => Promise.reject(new StoreFault("away")),
    );
    expect(await away.reloading.reload("order")).toEqual({ kind: "store-unavailable" });
    expect(away.reloading.settings).toBe(BEFORE);
    const odd = open(() => {
      throw new Error("odd");
    });
    await expect(odd.reloading.reload("order")).rejects.toThrow("odd");
    await expect(odd.reloading.reload("order")).rejects.toThrow("odd");
  });

  it("is one at a time, and the one that waits reads the file when its turn comes", async () => {
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    const { reloading } = open(
      () => {
        reads += 1;
        return settings({ upstreams: [upstream({ concurrency: reads })] });
      },
      () => gate.promise,
    );
    const both = Promise.all([reloading.reload("file"), reloading.reload("order")]);
    await Promise.resolve();
    expect(reads).toBe(1);
    gate.resolve();
    expect((await both).map(({ kind }) => kind)).toEqual(["applied", "applied"]);
    expect(reloading.settings.upstreams[0]?.concurrency).toBe(2);
  });
});
