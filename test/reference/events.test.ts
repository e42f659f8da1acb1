import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { accessRecord, newNotes } from "../../src/observe/access-record.ts";
import { events, eventsPage } from "../../src/reference/events.ts";
import { repositoryFile, repositoryPath } from "../deploy/repository-file.ts";

/** The sources, those of this page aside. */
const sources = readdirSync(repositoryPath("src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.startsWith("reference/"))
  .map((name) => repositoryFile(`src/${name}`));

/** The fixed beginning of each text that is logged or handed to `onTrouble`. */
const logged = sources.flatMap((text) => {
  const calls = text.matchAll(
    /(?:\blog\.(?:info|warn|error)|log\[level\]|onTrouble)\((?:(?!;\n|\bnew )[^"`])*?(["`])((?:(?!\1|\$\{).)+)/gs,
  );
  return [...calls].map(([, , begin = ""]) => begin).filter((begin) => /^\w/.test(begin));
});

describe("the events of the reference", () => {
  it("are all logged somewhere", () => {
    const all = sources.join("\n");
    expect(events.filter(({ text }) => !all.includes(text)).map(({ text }) => text)).toEqual([]);
  });

  it("are all that is logged", () => {
    expect(logged.length).toBeGreaterThan(10);
    const known = new Set(events.map(({ text }) => text));
    expect(logged.filter((begin) => !known.has(begin))).toEqual([]);
  });

  it("tell every member of an exchange's record", () => {
    const ending = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
    const members = Object.keys(accessRecord(newNotes("id", "GET"), ending));
    const explained = eventsPage().tables[1]?.rows.map(([member]) => member);
    expect(explained?.toSorted()).toEqual(members.map((name) => `\`${name}\``).toSorted());
  });
});
