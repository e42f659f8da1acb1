import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Directory } from "../../src/identify/directory.ts";
import type { Consumer } from "../../src/ports/settings.ts";

function consumer(name: string): Consumer {
  return { name, key: `key-of-${name}`, weight: 1, priority: 3, allow: [], mayForce: false };
}

describe("Directory", () => {
  const directory = new Directory(
    [consumer("sync"), consumer("portal")],
    [
      { key: "app-key", name: "sync" },
      { key: "other", name: "nobody" },
    ],
  );

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
    expect(directory.find(key)?.name).toBe(name);
  });

  it("is open only where nobody is configured", () => {
    expect([new Directory([]).open, directory.open]).toEqual([true, false]);
  });

  it("keeps digests, so that no dump of whom it found holds a key (P9)", () => {
    const found = inspect(directory.find("app-key"), { depth: 9, showHidden: true });
    expect(found).toContain("sync");
    expect(found).not.toMatch(/app-key|key-of/);
  });
});
