import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Directory } from "../../src/identify/directory.ts";
import { storedConsumer } from "../support/memory-consumers.ts";
import type { ConsumerList } from "../../src/ports/consumers.ts";
import type { Consumer } from "../../src/ports/settings.ts";

function consumer(name: string): Consumer {
  return { name, key: `key-of-${name}`, weight: 1, priority: 3, allow: [], mayForce: false };
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function list(changes: Partial<ConsumerList> = {}): ConsumerList {
  return { version: 1, gate: "closed", consumers: [], damaged: [], ...changes };
}

const founders = {
  consumers: [consumer("sync"), consumer("portal")],
  aliases: [
    { key: "app-key", name: "sync" },
    { key: "other", name: "nobody" },
  ],
};

describe("Directory.weights", () => {
  it("is the sum of all who may ever ask and of operators, unknown where anybody may", () => {
    const known = new Directory({ consumers: [consumer("sync"), consumer("portal")] }, () => 0);
    expect(known.weights).toBe(3);
    known.update(list({ consumers: [storedConsumer("late", { weight: 5, enabled: false })] }));
    expect(known.weights).toBe(8);
    const open = new Directory({ consumers: [] }, () => 0);
    expect(open.weights).toBe(0);
    open.update(list({ consumers: [storedConsumer("first", { weight: 5 })] }));
    expect(open.weights).toBe(6);
  });
});

describe("Directory.changes", () => {
  it("grows with each list, and with the end of each key, once", () => {
    const clock = { now: 0 };
    const known = new Directory(founders, () => clock.now);
    const before = known.changes;
    const keys = [{ id: "a", digest: digest("a"), madeAt: 0, untilAt: 20 }];
    const others = [{ id: "b", digest: digest("b"), madeAt: 0, untilAt: 10 }];
    const consumers = [storedConsumer("one", { keys }), storedConsumer("two", { keys: others })];
    known.update(list({ consumers }));
    const seen = [0, 9, 10, 11, 19, 20, 21].map((now) => {
      clock.now = now;
      return known.changes - before;
    });
    expect(seen).toEqual([1, 1, 2, 2, 2, 3, 3]);
  });
});

describe("Directory", () => {
  const directory = new Directory(founders, () => 0);

  it.each([
    ["key-of-sync", "sync"],
    ["key-of-portal", "portal"],
    ["app-key", "sync"],
    ["key-of-syn", undefined],
    ["key-of-sync ", undefined],
    ["KEY-OF-SYNC", undefined],
    ["", undefined],
    ["other", undefined],
  ])("finds whose key %j is: %s", (key, name) => {
    const found = directory.find(key);
    expect(found.kind === "known" ? found.consumer.name : undefined).toBe(name);
  });

  it("keeps digests, so that no dump of whom it found holds a key (P9)", () => {
    const found = inspect(directory.find("app-key"), { depth: 9, showHidden: true });
    expect(found).toContain("sync");
    expect(found).not.toMatch(/app-key|key-of/);
  });

  it("is open where nobody is configured and nobody was ever made", () => {
    const nobody = new Directory({ consumers: [] }, () => 0);
    expect([nobody.open, directory.open]).toEqual([true, false]);
    nobody.update(list({ gate: "never" }));
    expect(nobody.open).toBe(true);
  });

  it("closes with the first consumer, stays so without the last, and opens by order alone", () => {
    const nobody = new Directory({ consumers: [] }, () => 0);
    const states = [
      list({ consumers: [storedConsumer("a")] }),
      list(),
      list({ gate: "opened" }),
      list({ gate: "opened", damaged: ["b"] }),
      list({ gate: "never", consumers: [storedConsumer("a", { enabled: false })] }),
    ].map((state) => {
      nobody.update(state);
      return nobody.open;
    });
    expect(states).toEqual([false, false, true, false, false]);
    directory.update(list({ gate: "opened" }));
    expect(directory.open).toBe(false);
  });

  it("finds those who were made at run time, and no longer once they are gone", () => {
    const changing = new Directory(founders, () => 0);
    const made = storedConsumer("made", { weight: 7, keys: [{ digest: digest("made-key") }] });
    changing.update(list({ consumers: [made] }));
    expect(changing.find("made-key")).toMatchObject({ kind: "known", consumer: { weight: 7 } });
    expect(changing.find("key-of-sync").kind).toBe("known");
    expect(changing.find(digest("made-key")).kind).toBe("unknown");
    expect([changing.names, changing.named("made")?.weight]).toEqual([
      ["sync", "portal", "made"],
      7,
    ]);
    changing.update(list());
    expect(changing.find("made-key")).toEqual({ kind: "unknown" });
    expect(changing.named("made")).toBeUndefined();
  });

  it("takes two keys while they overlap, and the new one alone afterwards", () => {
    let now = 999;
    const changing = new Directory({ consumers: [] }, () => now);
    const keys = [{ digest: digest("new") }, { digest: digest("old"), untilAt: 1000 }];
    changing.update(list({ consumers: [storedConsumer("made", { keys })] }));
    const kinds = () => ["new", "old"].map((key) => changing.find(key).kind);
    expect(kinds()).toEqual(["known", "known"]);
    now = 1000;
    expect(kinds()).toEqual(["known", "expired"]);
  });

  it("lets nobody in who is disabled, and says who that is", () => {
    const changing = new Directory({ consumers: [] }, () => 0);
    const keys = [{ digest: digest("made-key") }];
    changing.update(list({ consumers: [storedConsumer("made", { keys, enabled: false })] }));
    expect(changing.find("made-key")).toEqual({ kind: "disabled", name: "made" });
  });

  it("gives a name that both have to the file's consumer", () => {
    const changing = new Directory(founders, () => 0);
    const keys = [{ digest: digest("usurper") }];
    changing.update(list({ consumers: [storedConsumer("sync", { keys, weight: 900 })] }));
    expect(changing.find("usurper").kind).toBe("unknown");
    expect([changing.named("sync")?.weight, changing.names]).toEqual([1, ["sync", "portal"]]);
  });
});

describe("found()", () => {
  it("replaces those of the file, and gives names that it took back to those made at run time", () => {
    const changing = new Directory(founders, () => 0);
    const made = storedConsumer("sync", { keys: [{ digest: digest("made-key") }], weight: 7 });
    changing.update(list({ consumers: [made] }));
    expect(changing.find("made-key").kind).toBe("unknown");
    changing.found({ consumers: founders.consumers.filter(({ name }) => name !== "sync") });
    expect(changing.find("key-of-sync").kind).toBe("unknown");
    expect(changing.find("made-key")).toMatchObject({ kind: "known", consumer: { weight: 7 } });
    expect(changing.names).toEqual(["portal", "sync"]);
    changing.found(founders);
    expect(changing.find("made-key").kind).toBe("unknown");
    expect(changing.find("key-of-sync").kind).toBe("known");
  });
});
