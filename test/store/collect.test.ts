import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "../../src/store/collect.ts";

describe("collect()", () => {
  it("reads up to the bound and passes on what is larger, byte for byte", async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(60), async (parts, most) => {
        const buffers = parts.map((part) => Buffer.from(part));
        const all = Buffer.concat(buffers);
        const collected = await collect(Readable.from(buffers), most);
        expect(collected.whole).toBe(all.length <= most);
        const seen = collected.whole ? collected.bytes : await buffer(collected.body);
        expect(Buffer.compare(Buffer.from(seen), all)).toBe(0);
      }),
    );
  });

  it("throws what broke the body off", async () => {
    const broken = new Error("cut");
    const body = new Readable({ read: () => {} });
    body.push("abc");
    queueMicrotask(() => body.destroy(broken));
    await expect(collect(body, 100)).rejects.toBe(broken);
  });

  it.each([true, false])(
    "tells a reader that the rest broke off (%s), and else nobody",
    async (reads) => {
      const broken = new Error("cut");
      const body = new Readable({ read: () => {} }).on("error", () => {});
      body.push("abc");
      const collected = await collect(body, 2);
      const rest = collected.whole ? Readable.from([]) : collected.body;
      const read = reads ? buffer(rest).then(String, String) : Promise.resolve(String(broken));
      rest.resume();
      body.destroy(broken);
      // What nobody listens for is thrown before this test ends.
      await expect.poll(() => rest.closed).toBe(true);
      expect(await read).toBe(String(broken));
    },
  );

  it("closes the source when nobody wants the rest", async () => {
    const body = Readable.from([Buffer.from("abc"), Buffer.from("def")]);
    const collected = await collect(body, 2);
    expect(collected.whole).toBe(false);
    if (!collected.whole) collected.body.destroy();
    await expect.poll(() => body.destroyed).toBe(true);
  });
});
