import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { injectKeys, secretsOf } from "../../src/forward/inject-key.ts";
import type { UpstreamKey } from "../../src/ports/settings.ts";

const outbound = { method: "POST", target: "/x", fields: ["Accept", "*/*"] };
const hostile = "a&b=c#d é%+\r\n/?";
const query: UpstreamKey = { in: "query", name: "apikey", value: "k-1" };
const form: UpstreamKey = { in: "form", name: "key", value: "k-2" };

describe("injectKeys()", () => {
  it.each([
    { target: "/x", keyed: "/x?apikey=k-1" },
    { target: "/x?a=1", keyed: "/x?a=1&apikey=k-1" },
    { target: "/x?%61&b=%zz", keyed: "/x?%61&b=%zz&apikey=k-1" },
  ])("puts a query key behind $target and leaves the rest as it is", ({ target, keyed }) => {
    expect(injectKeys({ ...outbound, target }, [query]).target).toBe(keyed);
  });

  it("encodes names and values so that neither adds a parameter or a line (RFC 3986 section 2.2)", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (name, value) => {
        const { target } = injectKeys(outbound, [{ in: "query", name, value }]);
        expect(target).toMatch(/^\/x\?[\w.!~*'()%=-]+$/);
        expect([...new URL(target, "http://x").searchParams]).toEqual([[name, value]]);
      }),
    );
  });

  it("adds a header key and Basic credentials in UTF-8 (RFC 7617 section 2.1)", () => {
    const keyed = injectKeys(outbound, [
      { in: "header", name: "X-Key", value: "k-3" },
      { in: "basic", username: "test", value: "123£" },
    ]);
    const basic = ["Authorization", "Basic dGVzdDoxMjPCow=="];
    expect(keyed.fields).toEqual(["Accept", "*/*", "X-Key", "k-3", ...basic]);
    expect([keyed.target, keyed.form]).toEqual(["/x", undefined]);
  });

  it("puts a key that is the user before its filler, and counts both as secret (RFC 7617 section 2)", () => {
    const key: UpstreamKey = { in: "basic", password: "X", value: "the-key" };
    const { fields } = injectKeys(outbound, [key]);
    expect(fields.slice(-2)).toEqual(["Authorization", `Basic ${btoa("the-key:X")}`]);
    expect(secretsOf([key])).toEqual(["the-key", "the-key:X"]);
  });

  it.each([
    { body: "", keyed: "key=k-2" },
    { body: "a=1", keyed: "a=1&key=k-2" },
    { body: "a=\u00ff\u0000&b", keyed: "a=\u00ff\u0000&b&key=k-2" },
  ])("joins a form $body byte for byte", ({ body, keyed }) => {
    const bytes = Buffer.from(body, "latin1");
    const joined = injectKeys(outbound, [form], bytes).form ?? Buffer.alloc(0);
    expect(Buffer.from(joined).toString("latin1")).toBe(keyed);
    expect(bytes.toString("latin1")).toBe(body);
  });

  it("leaves a body that is no form alone, and puts several keys into one form", () => {
    expect(injectKeys(outbound, [form])).toEqual(outbound);
    const second: UpstreamKey = { in: "form", name: "n", value: hostile };
    const { form: joined } = injectKeys(outbound, [form, second], Buffer.from("a=1"));
    const pairs = [...new URLSearchParams(Buffer.from(joined ?? []).toString())];
    expect(pairs).toEqual([
      ["a", "1"],
      ["key", "k-2"],
      ["n", hostile],
    ]);
  });

  it("changes neither the request that it was given nor one without keys", () => {
    const before = structuredClone(outbound);
    injectKeys(outbound, [query, { in: "header", name: "X-Key", value: "k" }]);
    expect(outbound).toEqual(before);
    expect(injectKeys(outbound, [])).toEqual(before);
  });
});

describe("secretsOf()", () => {
  it("names every text that would betray a key, the bare token of Authorization included", () => {
    expect(
      secretsOf([
        query,
        form,
        { in: "header", name: "Authorization", value: "Bearer sk-123456" },
        { in: "basic", username: "u", value: "pass" },
      ]),
    ).toEqual(["k-1", "k-2", "Bearer sk-123456", "sk-123456", "pass", "u:pass"]);
  });
});
