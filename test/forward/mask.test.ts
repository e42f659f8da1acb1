import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Mask } from "../../src/forward/mask.ts";

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

async function through(mask: Mask, chunks: readonly Buffer[]): Promise<Buffer> {
  return buffer(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(mask.stream()));
}

const secret = 'k/e+y "7"&=é!*';
const spellings = [
  { as: "plain", text: secret },
  { as: "percent-encoded by JavaScript", text: "k%2Fe%2By%20%227%22%26%3D%C3%A9!*" },
  { as: "percent-encoded by PHP", text: "k%2Fe%2By%20%227%22%26%3D%C3%A9%21%2A" },
  { as: "percent-encoded in lower case", text: "k%2fe%2by%20%227%22%26%3d%c3%a9!*" },
  { as: "in a form", text: "k%2Fe%2By+%227%22%26%3D%C3%A9%21*" },
  { as: "in a form of PHP", text: "k%2Fe%2By+%227%22%26%3D%C3%A9%21%2A" },
  { as: "in a form in lower case", text: "k%2fe%2by+%227%22%26%3d%c3%a9%21*" },
  { as: "in JSON", text: String.raw`k/e+y \"7\"&=é!*` },
  { as: "in JSON of PHP", text: String.raw`k\/e+y \"7\"&=é!*` },
  { as: "in HTML", text: "k/e+y &quot;7&quot;&amp;=é!*" },
  { as: "in base64", text: "ay9lK3kgIjciJj3DqSEq" },
  { as: "in base64url", text: "ay9lK3kgIjciJj3DqSEq" },
];
const mask = new Mask([secret]);

describe("Mask", () => {
  it.each(spellings)("overwrites a key $as, wherever chunks are cut", async ({ text }) => {
    const around = ['{"x":"\u00ff', '"} \r\n'];
    const bytes = Buffer.from(around.join(text));
    const masked = Buffer.from(around.join("*".repeat(Buffer.byteLength(text))));
    for (let place = 0; place <= bytes.length; place += 1) {
      expect((await through(mask, cut(bytes, [place]))).equals(masked)).toBe(true);
    }
    const single = [...bytes].map((byte) => Buffer.of(byte));
    expect((await through(mask, single)).equals(masked)).toBe(true);
    expect(mask.text(`a${text}b${text}`)).toBe(
      `a${"*".repeat(text.length)}b${"*".repeat(text.length)}`,
    );
  });

  it("stream() masks each occurrence at equal length and nothing else, whatever the cuts", async () => {
    const plain = fc.string({
      unit: fc.constantFrom("s", "k", "-", "1", "*", "\n"),
      maxLength: 12,
    });
    const known = "sk-secret1";
    const piece = fc.oneof(plain, fc.constant(known), fc.constant(encodeURIComponent(known)));
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.array(fc.nat(400)), async (pieces, places) => {
        const text = pieces.join("");
        const out = await through(new Mask([known]), cut(Buffer.from(text), places));
        expect(out.toString()).toBe(text.replaceAll(known, "*".repeat(known.length)));
      }),
    );
  });

  it("stream() leaves no byte of keys that overlap or begin alike, and does not depend on the cuts", async () => {
    const keys = ["aabaab", "aabaabaac", "baabaaaa"];
    const piece = fc.constantFrom("aab", "aab", "aabaab", "a", "b", "c");
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(100)), async (letters, places) => {
        const expected = letters.split("");
        for (const key of keys) {
          for (let at = letters.indexOf(key); at !== -1; at = letters.indexOf(key, at + 1)) {
            expected.fill("*", at, at + key.length);
          }
        }
        const out = await through(new Mask(keys), cut(Buffer.from(letters), places));
        expect(out.toString()).toBe(expected.join(""));
        expect(new Mask(keys).text(letters)).toBe(expected.join(""));
      }),
      { numRuns: 500 },
    );
  });

  it("stream() passes bytes of any kind unharmed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.array(fc.nat(50)), async (bytes, places) => {
        const body = Buffer.from(bytes);
        expect((await through(mask, cut(body, places))).equals(body)).toBe(true);
      }),
    );
  });

  it("stream() holds back no more than a beginning of the key, so that events arrive as they come", () => {
    const stage = new Mask(["sk-secret1"]).stream();
    stage.write("data: 1\n\n");
    expect(String(stage.read())).toBe("data: 1\n\n");
    stage.write("data: sk-");
    expect(String(stage.read())).toBe("data: ");
    stage.write("other\n");
    expect(String(stage.read())).toBe("sk-other\n");
  });

  it("leaves a value shorter than six alone, since it is part of ordinary text", () => {
    const short = new Mask(["", "id", "false"]);
    expect(short.text('{"id":false}')).toBe('{"id":false}');
    expect(new Mask(["falses"]).text("falses")).toBe("******");
  });

  it("fields() masks values, keeps names, order and duplicates, and reads UTF-8 as Latin-1", () => {
    const latin = Buffer.from("schlüssel").toString("latin1");
    const fields = ["X-A", "schl%C3%BCssel", "x-a", latin, "X-B", "b"];
    const masked = ["X-A", "*".repeat(14), "x-a", "*".repeat(10), "X-B", "b"];
    expect(new Mask(["schlüssel"]).fields(fields)).toEqual(masked);
  });
});
