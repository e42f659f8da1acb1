import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startToldWorld, type Got, type Told, type ToldWorld } from "../support/told-origin.ts";
import { cachePolicy, route } from "../support/settings.ts";

/*
 * One stored response, four representations: each with bytes of its own, an entity tag of its own, and what is said
 * of it true of these bytes.
 */

const BODY = JSON.stringify({ tickets: Array.from({ length: 200 }, (_, id) => ({ id })) });
const CODINGS = ["gzip", "br", "zstd", "identity"] as const;

const DECODERS = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  identity: (bytes: Buffer) => bytes,
};

function told(changes: Told = {}): Told {
  const fields = {
    "Cache-Control": "public, max-age=600",
    "Content-Type": "application/json",
    ETag: '"v1"',
  };
  return { body: BODY, ...changes, fields: { ...fields, ...changes.fields } };
}

/** How one tells which coding is wanted. */
function accepting(coding: string, more: readonly string[] = []) {
  return { fields: ["Accept-Encoding", coding, ...more] };
}

async function everyForm(api: ToldWorld, path = "/x") {
  const forms: { coding: (typeof CODINGS)[number]; got: Got; etag: string }[] = [];
  for (const coding of CODINGS) {
    const got = await api.ask(path, accepting(coding));
    forms.push({ coding, got, etag: String(got.fields.etag) });
  }
  return forms;
}

describe("content codings of one stored response", () => {
  it.each<[string, Told]>([
    ["without coding", told()],
    ["coded by the origin", told({ fields: { "Content-Encoding": "gzip" }, body: gzipSync(BODY) })],
  ])("are the same bytes once decoded, for a response that came %s", async (_how, reply) => {
    await using api = await startToldWorld();
    api.tell(reply);
    for (const { coding, got } of await everyForm(api)) {
      expect(got.status).toBe(200);
      expect(got.fields["content-encoding"]).toBe(coding === "identity" ? undefined : coding);
      expect(DECODERS[coding](got.bytes).toString()).toBe(BODY);
      expect(got.fields["content-length"]).toBe(String(got.bytes.length));
      expect(got.lines("vary")).toEqual(["Accept-Encoding"]);
    }
    expect(api.seen).toHaveLength(1);
    expect(api.seen[0]?.fields["accept-encoding"]).toBe("gzip");
  });

  it("have a strong entity tag each, the same each time, on a miss and on a hit", async () => {
    await using api = await startToldWorld();
    api.tell(told());
    const first = await everyForm(api);
    const again = await everyForm(api);
    expect(new Set(first.map(({ etag }) => etag)).size).toBe(CODINGS.length);
    for (const { etag } of first) expect(etag).toMatch(/^"v1[^"]*"$/);
    expect(again.map(({ etag }) => etag)).toEqual(first.map(({ etag }) => etag));
    expect(first.at(-1)?.etag).toBe('"v1"');
    // A miss in a coding says what a hit in it says.
    for (const { coding, etag } of first) {
      expect((await api.ask(`/${coding}`, accepting(coding))).fields.etag).toBe(etag);
    }
  });

  it("have a tag of their own where the origin gives none", async () => {
    await using api = await startToldWorld();
    const { ETag: _, ...fields } = told().fields ?? {};
    api.tell({ body: BODY, fields });
    const tags = (await everyForm(api)).map(({ etag }) => etag);
    expect(new Set(tags).size).toBe(CODINGS.length);
    for (const tag of tags) expect(tag).toMatch(/^"[^"]+"$/);
  });

  it("keep what else Vary names", async () => {
    await using api = await startToldWorld();
    api.tell(told({ fields: { Vary: "Accept-Language" } }));
    for (const { got } of await everyForm(api)) {
      expect(got.fields.vary).toBe("Accept-Language, Accept-Encoding");
    }
  });

  it("are answered 304 by the tag of the coding that is accepted, with that very tag", async () => {
    await using api = await startToldWorld();
    api.tell(told());
    const forms = await everyForm(api);
    for (const { coding, etag } of forms) {
      const same = await api.ask("/x", accepting(coding, ["If-None-Match", etag]));
      expect([same.status, same.body, same.fields.etag]).toEqual([304, "", etag]);
      expect(same.fields.vary).toBe("Accept-Encoding");
      const weak = await api.ask("/x", accepting(coding, ["If-None-Match", `W/${etag}, "x"`]));
      expect(weak.status).toBe(304);
      const none = await api.ask("/x", accepting(coding, ["If-None-Match", '"v0", "v0--gzip"']));
      expect(none.status).toBe(200);
    }
    // One who holds it in gzip and now takes another would find nothing to freshen by a 304 with another tag.
    const [gzip] = forms;
    for (const coding of ["br", "identity"]) {
      const other = await api.ask("/x", accepting(coding, ["If-None-Match", gzip?.etag ?? ""]));
      expect(other.status).toBe(200);
    }
    expect(api.seen).toHaveLength(1);
  });

  it("are the same to HEAD, without the body", async () => {
    await using api = await startToldWorld();
    api.tell(told());
    for (const { coding, got } of await everyForm(api)) {
      const head = await api.ask("/x", { ...accepting(coding), method: "HEAD" });
      for (const name of ["content-encoding", "content-length", "etag", "vary"] as const) {
        expect(head.fields[name]).toEqual(got.fields[name]);
      }
      expect(head.bytes).toHaveLength(0);
    }
  });

  it("have ranges of the identity alone, whatever coding is accepted", async () => {
    await using api = await startToldWorld();
    api.tell(told());
    const forms = await everyForm(api);
    for (const { coding, etag } of forms) {
      const part = await api.ask("/x", accepting(coding, ["Range", "bytes=10-19"]));
      expect([part.status, part.body]).toEqual([206, BODY.slice(10, 20)]);
      expect(part.fields).not.toHaveProperty("content-encoding");
      expect([part.fields.etag, part.fields["content-range"]]).toEqual([
        '"v1"',
        `bytes 10-19/${BODY.length}`,
      ]);
      // What is held of a coded body is no beginning of this one.
      const ranged = ["Range", "bytes=10-19", "If-Range", etag];
      const joined = await api.ask("/x", accepting(coding, ranged));
      expect(joined.status).toBe(coding === "identity" ? 206 : 200);
      expect(DECODERS[coding](joined.bytes).toString()).toBe(
        coding === "identity" ? BODY.slice(10, 20) : BODY,
      );
    }
    expect(api.seen).toHaveLength(1);
  });

  it("follow what a client likes best, and are the identity for one who says nothing", async () => {
    await using api = await startToldWorld();
    api.tell(told());
    const cases = [
      ["gzip;q=0.5, br;q=0.9", "br"],
      ["gzip, zstd;q=0", "gzip"],
      ["identity, gzip;q=0.5", undefined],
      ["x-gzip", "gzip"],
      ["deflate", undefined],
      ["*", "zstd"],
    ] as const;
    for (const [accepted, coding] of cases) {
      const { fields } = await api.ask("/x", accepting(accepted));
      expect(fields["content-encoding"]).toBe(coding);
    }
    const plain = await api.ask("/x");
    expect([plain.fields["content-encoding"], plain.body]).toEqual([undefined, BODY]);
    expect(plain.fields.vary).toBe("Accept-Encoding");
  });

  it("are not made of what is small, no text, or not to be transformed", async () => {
    await using api = await startToldWorld();
    const cases: [string, Told][] = [
      ["/small", told({ body: '{"a":1}' })],
      ["/image", told({ fields: { "Content-Type": "image/png" } })],
      ["/kept", told({ fields: { "Cache-Control": "public, max-age=600, no-transform" } })],
    ];
    for (const [path, reply] of cases) {
      api.tell(reply);
      for (const { got } of await everyForm(api, path)) {
        expect(got.fields).not.toHaveProperty("content-encoding");
        expect(got.body).toBe(reply.body);
        expect(got.fields.etag).toBe('"v1"');
      }
    }
    expect(api.seen).toHaveLength(cases.length);
  });
});

describe("the tag of a coded representation", () => {
  it.each(CODINGS)("reaches the origin as its own in a PUT with If-Match: %s", async (coding) => {
    await using api = await startToldWorld();
    api.tell(told());
    const { fields } = await api.ask("/x", accepting(coding));
    const etag = String(fields.etag);
    api.tell(({ fields: sent }) => ({ status: sent["if-match"] === '"v1"' ? 204 : 412 }));
    const question = { method: "PUT", body: "{}", fields: ["If-Match", etag] };
    expect((await api.ask("/x", question)).status).toBe(204);
    expect(api.seen[1]?.fields["if-match"]).toBe('"v1"');
    const several = { ...question, fields: ["If-Match", `"v0--br", ${etag}, W/"v1--gzip"`] };
    await api.ask("/x", several);
    expect(api.seen[2]?.fields["if-match"]).toBe('"v0", "v1", W/"v1"');
  });

  it("validates what is stored with the origin's own, whoever asked for it in which coding", async () => {
    const match = { methods: ["GET"], path: "/**" };
    const listed = route({ match, safe: true, cache: cachePolicy() });
    await using api = await startToldWorld({ upstream: { routes: [listed] } });
    api.tell(told({ fields: { Age: "601" } }));
    await api.ask("/x", accepting("br"));
    api.tell({ status: 304, fields: { "Cache-Control": "public, max-age=600" } });
    const validated = await api.ask("/x", accepting("zstd"));
    expect(validated.cache).toBe("sluice;fwd=stale;fwd-status=304;stored");
    expect(zstdDecompressSync(validated.bytes).toString()).toBe(BODY);
    expect(api.seen[1]?.fields["if-none-match"]).toBe('"v1"');
  });
});
