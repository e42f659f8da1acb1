import { describe, expect, it } from "vitest";
import { channelsOf, readNotice, writeNote } from "../../../src/adapters/redis/notice.ts";

describe("readNotice()", () => {
  it.each([
    { writer: "w", ticket: "7", tags: ["a", "b"] },
    { writer: "w", ticket: "", tags: ["a"] },
  ])("reads what writeNote() wrote, behind epoch and place: %j", (note) => {
    expect(readNotice(`e 12 ${writeNote(note)}`)).toEqual({ epoch: "e", seq: 12, ...note });
  });

  it.each(["", "e 12", "e x w t a", "e -1 w t a"])("takes %j for none", (text) => {
    expect(readNotice(text)).toBeUndefined();
  });
});

describe("channelsOf()", () => {
  it("keeps prefixes and writers apart", () => {
    const [one, two] = [channelsOf("one"), channelsOf("two")];
    const all = [one.names, one.keys, one.acknowledged("w"), one.acknowledged("v"), two.names];
    expect(new Set(all).size).toBe(5);
  });
});
