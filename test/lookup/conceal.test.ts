import { describe, expect, it } from "vitest";
import { selects, selectingFields } from "../../src/http/vary.ts";
import { concealed } from "../../src/lookup/conceal.ts";

describe("concealed()", () => {
  it("keeps what is wanted as it was asked, and of everything else a digest", () => {
    const fields = ["Accept-Language", "de", "Authorization", "Bearer secret", "X-Key", "secret"];
    const kept = concealed(fields);
    expect(kept.slice(0, 2)).toEqual(["accept-language", "de"]);
    expect(JSON.stringify(kept)).not.toContain("secret");
    expect([kept[2], kept[4]]).toEqual(["authorization", "x-key"]);
    expect(kept[3]).not.toBe(kept[5]);
  });

  it("tells apart what is different, and nothing else", () => {
    const under = selectingFields(["foo"], concealed(["Foo", "1", "Foo", "2"]));
    expect(selects(under, concealed(["foo", " 1,2 "]))).toBe(true);
    for (const other of [["Foo", "1"], ["Foo", "2, 1"], []]) {
      expect(selects(under, concealed(other))).toBe(false);
    }
  });
});
