import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passesAuthorization, stripCredential } from "../../src/identify/credential.ts";
import { upstream } from "../support/settings.ts";
import type { UpstreamKey } from "../../src/ports/settings.ts";

const QUERY: UpstreamKey = { in: "query", name: "apikey", value: "the-real-key" };
const HEADER: UpstreamKey = { in: "header", name: "X-API-Key", value: "the-real-key" };
const FORM: UpstreamKey = { in: "form", name: "apikey", value: "the-real-key" };

function basic(text: string): string[] {
  return ["Authorization", `Basic ${Buffer.from(text).toString("base64")}`];
}

describe("passesAuthorization()", () => {
  it.each([
    { varyFields: ["authorization"], keys: [], open: true, passes: true },
    { varyFields: ["*"], keys: [], open: true, passes: true },
    { varyFields: ["cookie"], keys: [], open: true, passes: false },
    { varyFields: ["authorization"], keys: [], open: false, passes: false },
    { varyFields: ["authorization", "*"], keys: [QUERY], open: true, passes: false },
  ])("of $varyFields with $keys.length keys, open: $open, says $passes", (given) => {
    const { varyFields, keys, open, passes } = given;
    expect(passesAuthorization(upstream({ varyFields, keys }), open)).toBe(passes);
  });
});

describe("stripCredential()", () => {
  it("leaves Authorization where it is between the client and the upstream, and nothing else", () => {
    const fields = ["Authorization", "Bearer k1", "X-HTTP-Method", "PUT"];
    const stripped = stripCredential({ fields, query: "?_method=PUT" }, [], true);
    expect(stripped).toMatchObject({ fields: ["Authorization", "Bearer k1"], query: "" });
  });

  it.each([
    ["?apikey=k1&a=1", ["k1"], "?a=1"],
    ["?a=1&apikey=k%201+x", ["k 1 x"], "?a=1"],
    ["?%61pikey=k1", ["k1"], ""],
    ["?apikey[]=k1&apikey[x]=k2", ["k1", "k2"], ""],
    ["?apikey", [""], ""],
    ["?apikeys=k1&b=%zz", [], "?apikeys=k1&b=%zz"],
    ["?_method=DELETE&a=%2F+", [], "?a=%2F+"],
    // As PHP names its variables.
    ["?%20apikey=k1&++apikey=k2", ["k1", "k2"], ""],
    ["?apikey%00x=k1&a=1", ["k1"], "?a=1"],
    ["?%61pikey[%ff]=k1&%61pikey%00%ff=k2", ["k1", "k2"], ""],
    ["?+_method=DELETE&_method[]=PUT&_metho%64%00%ff=PUT", [], ""],
    ["?apikey=100%", ["100%"], ""],
    ["?x.apikey=1&my%20apikey=2", [], "?x.apikey=1&my%20apikey=2"],
    ["", [], ""],
  ])("takes the key out of %s", (query, candidates, rest) => {
    const stripped = stripCredential({ fields: [], query }, [QUERY]);
    expect([stripped.candidates, stripped.query]).toEqual([candidates, rest]);
  });

  it.each(["api.key", "api%20key", "api+key", "+api.key", "api[key", "api.key[]"])(
    "takes %s for api_key, as PHP does",
    (name) => {
      const key: UpstreamKey = { in: "query", name: "api_key", value: "the-real-key" };
      const stripped = stripCredential({ fields: [], query: `?${name}=k1&a=1` }, [key]);
      expect(stripped).toMatchObject({ candidates: ["k1"], query: "?a=1" });
    },
  );

  it.each([
    [["Authorization", "Bearer k1"], ["k1"]],
    [["authorization", "bearer   k1"], ["k1"]],
    [basic("user:k1"), ["k1", "user"]],
    [basic("k1:"), ["k1"]],
    [basic("k:1:2"), ["1:2", "k"]],
    [["Authorization", "Digest x"], []],
    [
      ["x-api-key", "k1", "X-Api-Key", "k2"],
      ["k1", "k2"],
    ],
  ])("takes the key out of the field %j", (fields, candidates) => {
    const stripped = stripCredential({ fields: [...fields, "X-A", "1"], query: "" }, [HEADER]);
    expect(stripped).toMatchObject({ candidates, fields: ["X-A", "1"] });
  });

  it("takes the key out of a form, byte for byte otherwise", () => {
    const form = Buffer.from("a=caf\u00E9%20&apikey=k1&b", "latin1");
    const stripped = stripCredential({ fields: [], query: "", form }, [FORM]);
    expect(stripped.candidates).toEqual(["k1"]);
    expect(Buffer.from(stripped.form ?? "").toString("latin1")).toBe("a=caf\u00E9%20&b");
  });

  it("drops method overrides: the method that was judged is the one that is sent", () => {
    const fields = ["X-HTTP-Method-Override", "DELETE", "X-Method-Override", "PUT", "X-A", "1"];
    expect(stripCredential({ fields, query: "" }, [QUERY]).fields).toEqual(["X-A", "1"]);
  });

  it("drops _method from a form as well, which is no key", () => {
    const form = Buffer.from("_method=DELETE&a=1&%5Fmethod[]=PUT");
    const stripped = stripCredential({ fields: [], query: "", form }, [FORM]);
    expect(Buffer.from(stripped.form ?? "").toString()).toBe("a=1");
    expect(stripped.candidates).toEqual([]);
  });

  it("leaves nothing in the query that PHP would read as the key, however it is written", () => {
    const spelling = fc
      .array(fc.constantFrom("apikey", "%61pikey", "apikey[]", "a", "b=apikey", "apike%79"))
      .map((names) => names.map((name) => `${name}=v`).join("&"));
    fc.assert(
      fc.property(spelling, (query) => {
        const rest = stripCredential({ fields: [], query: `?${query}` }, [QUERY]).query;
        const names = [...new URLSearchParams(rest).keys()];
        expect(names.filter((name) => name.startsWith("apikey"))).toEqual([]);
      }),
    );
  });
});
