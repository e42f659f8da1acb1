import { describe, expect, it } from "vitest";
import { follow } from "../../src/config/follow.ts";
import { FakeClock } from "../support/fake-clock.ts";

async function changesOver(contents: readonly (string | undefined)[]): Promise<string[]> {
  const clock = new FakeClock();
  const stopping = new AbortController();
  const seen: string[] = [];
  let at = 0;
  const read = (): Promise<string | undefined> => Promise.resolve(contents[at]);
  const following = follow(
    { read, clock, everyMs: 1000 },
    () => seen.push(`${at}:${contents[at]}`),
    stopping.signal,
  );
  for (at = 0; at < contents.length; at += 1) await clock.advance(1000);
  stopping.abort();
  await following;
  return seen;
}

describe("follow()", () => {
  it("tells of a change once it has stood for a look, and once", async () => {
    expect(await changesOver(["a", "b", "b", "b", "c", "c"])).toEqual(["2:b", "5:c"]);
  });

  it("waits for a file that is written in pieces, or away for a moment", async () => {
    expect(await changesOver(["a", "", "ab", "abc", "abc"])).toEqual(["4:abc"]);
    expect(await changesOver(["a", undefined, undefined, "a", "a", "b", "b"])).toEqual(["6:b"]);
  });
});
