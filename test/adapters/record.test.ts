import * as fc from "fast-check";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { GENERATION_MS, MAX_KEEP_MS, readRecord, writeRecord } from "../../src/adapters/record.ts";
import { storedResponse } from "../support/stored-response.ts";
import type { StoredResponse } from "../../src/http/stored-response.ts";

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
});
const anything = fc.string({ unit: "binary" });
const instant = fc.integer({ min: 0, max: 2 ** 45 });

const responses: fc.Arbitrary<StoredResponse> = fc.record({
  variant: anything,
  selecting: fc.dictionary(anything, latin1),
  status: fc.integer({ min: 100, max: 999 }),
  reason: latin1,
  fields: fc.array(latin1),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ minLength: 1000, maxLength: 1100 }),
    fc.integer({ min: 1000, max: 20_000 }).map((length) => new Uint8Array(length).fill(65)),
  ),
  requestedAt: instant,
  receivedAt: instant,
  lifetimeMs: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  overridden: fc.boolean(),
  staleWhileRevalidateMs: instant,
  staleIfErrorMs: instant,
  generations: fc.array(fc.tuple(anything, anything, anything)),
  etag: latin1,
});

/** Puts the right checksum on bytes that were changed, as only another program would. */
function sealed(record: Uint8Array): Uint8Array {
  const copy = Buffer.from(record);
  copy.writeUInt32BE(crc32(copy.subarray(8)), 4);
  return copy;
}

describe("writeRecord()", () => {
  it("is read back as it was, whatever the response holds", () => {
    fc.assert(
      fc.property(responses, (response) => {
        const read = readRecord(writeRecord(response));
        expect(read).toEqual(response);
        expect(Object.keys(read?.selecting ?? {})).toEqual(Object.keys(response.selecting));
      }),
    );
  });

  it("makes large bodies smaller where they can be", () => {
    const text = storedResponse({ body: new Uint8Array(100_000).fill(65) });
    expect(writeRecord(text).length).toBeLessThan(1000);
  });

  it("leaves small bodies as they are", () => {
    const body = new Uint8Array(1024).fill(65);
    expect(Buffer.from(writeRecord(storedResponse({ body }))).includes(body)).toBe(true);
  });
});

describe("readRecord()", () => {
  it("reads a record with any byte changed as none", () => {
    fc.assert(
      fc.property(responses, fc.nat(), fc.integer({ min: 1, max: 255 }), (response, at, flip) => {
        const record = writeRecord(response);
        const index = at % record.length;
        record[index] = (record[index] ?? 0) ^ flip;
        expect(readRecord(record)).toBeUndefined();
      }),
    );
  });

  it("reads a record cut anywhere, or with bytes after it, as none", () => {
    fc.assert(
      fc.property(responses, fc.nat(), (response, at) => {
        const record = writeRecord(response);
        expect(readRecord(record.subarray(0, at % record.length))).toBeUndefined();
        expect(readRecord(Buffer.concat([record, Buffer.from([0])]))).toBeUndefined();
      }),
    );
  });

  it("reads foreign bytes as none, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readRecord(bytes)).toBeUndefined();
      }),
    );
  });

  it("reads a record of another version as none", () => {
    const record = writeRecord(storedResponse());
    record[3] = 1;
    expect(readRecord(record)).toBeUndefined();
  });

  it("never throws on bytes that carry the right checksum", () => {
    fc.assert(
      fc.property(responses, fc.nat(), fc.integer({ min: 1, max: 255 }), (response, at, flip) => {
        const record = writeRecord(response);
        const index = 8 + (at % (record.length - 8));
        record[index] = (record[index] ?? 0) ^ flip;
        expect(() => readRecord(sealed(record))).not.toThrow();
      }),
    );
  });

  it.each([
    ["a head longer than the record", 9, 255],
    ["a body of another length", 16, 200],
    ["a head that is no JSON", 17, 65],
  ])("reads %s as none, the right checksum notwithstanding", (_, at, value) => {
    const record = writeRecord(storedResponse());
    record[at] = value;
    expect(readRecord(sealed(record))).toBeUndefined();
  });

  it("reads a form of the body that is unknown as none", () => {
    const record = writeRecord(storedResponse({ body: new Uint8Array(5000).fill(65) }));
    expect(readRecord(record)).toBeDefined();
    record[8] = 2;
    expect(readRecord(sealed(record))).toBeUndefined();
  });

  it("reads a head that ends after the record as none", () => {
    const record = writeRecord(storedResponse({ body: new Uint8Array() }));
    expect(readRecord(record)).toBeDefined();
    record[12] = (record[12] ?? 0) + 1;
    expect(readRecord(sealed(record))).toBeUndefined();
  });

  it.each([
    { status: "200" },
    { variant: 1 },
    { overridden: "yes" },
    { fields: ["a", 1] },
    { selecting: { a: 1 } },
    { selecting: ["a"] },
    { generations: [["a", "b"]] },
    { staleIfErrorMs: undefined },
    { staleWhileRevalidateMs: "1" },
    { generations: "a" },
    { lifetimeMs: Infinity },
  ])("reads a head with %j as none", (change) => {
    const foreign = { ...storedResponse(), ...change } as unknown as StoredResponse;
    expect(readRecord(writeRecord(foreign))).toBeUndefined();
  });

  it("holds on to no bytes but its own body's", () => {
    const read = readRecord(writeRecord(storedResponse()));
    expect(read?.body.buffer.byteLength).toBe(read?.body.length);
  });
});

describe("GENERATION_MS", () => {
  it("outlives every response by more than a forward may last", () => {
    expect(GENERATION_MS - MAX_KEEP_MS).toBeGreaterThanOrEqual(24 * 3_600_000);
  });
});
