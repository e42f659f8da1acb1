import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { together } from "../../../src/adapters/redis/together.ts";

/** What reaches the system, call by call. */
function wire() {
  const calls: string[][] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      calls.push([String(chunk)]);
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  return { stream, calls };
}

describe("together()", () => {
  it("sends what belongs to one moment at once, in its order, and what comes later by itself", async () => {
    const { stream, calls } = wire();
    const sent = ["a", "b", "c"].map((text) => together(stream, () => stream.write(text)));
    expect(sent).toHaveLength(3);
    await Promise.resolve();
    together(stream, () => stream.write("d"));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    together(stream, () => stream.write("e"));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(calls.flat().join("")).toBe("abcde");
    expect(calls[0]).toEqual(expect.arrayContaining(["a", "b", "c"]));
    expect(calls.at(-1)).toEqual(["e"]);
  });

  it("sends without a connection as it would otherwise", () => {
    expect(together(undefined, () => 7)).toBe(7);
  });
});
