import { describe, expect, it } from "vitest";
import { blocksOf, missingLines } from "./page-blocks.ts";

describe("blocksOf()", () => {
  it("reads what stands behind the fence and between the fences", () => {
    const text = "# A\n\n```sh server\nnpm start\n```\n\n```\nplain\n```\n";
    expect(blocksOf(text)).toEqual([
      { info: "sh server", body: "npm start\n" },
      { info: "", body: "plain\n" },
    ]);
  });
});

describe("missingLines()", () => {
  it("finds lines in their order, with anything for an ellipsis", () => {
    const came = "HTTP/1.1 200 OK\nAge: 3\nCache-Status: sluice;hit;ttl=17\n";
    expect(missingLines("HTTP/1.1 200 OK\nCache-Status: sluice;hit;ttl=…\n", came)).toEqual([]);
    expect(missingLines("Cache-Status: …\nAge: …\n", came)).toEqual(["Age: …"]);
    expect(missingLines("sluice.hit", came)).toEqual(["sluice.hit"]);
  });
});
