import { describe, expect, it } from "vitest";
import { runInstance } from "../support/instance.ts";

function says(text: RegExp): (line: Record<string, unknown>) => boolean {
  return (line) => text.test(String(line["text"]));
}

describe("the demo", () => {
  it("shows five services on one quota without a violation, and ends cleanly on Ctrl-C", async () => {
    await using demo = runInstance({ script: "test/simulator/demo.ts" });
    await demo.line(says(/^10 s /));
    for (const name of ["billing-sync", "mailer", "portal", "reports", "watch"]) {
      await demo.line(says(new RegExp(`^${name} +[1-9]`)));
    }
    expect(await demo.stop("SIGINT")).toBe(0);
    const last = await demo.line(says(/^Ended\./));
    expect(last["text"]).toMatch(/saw 0 violations; its fullest window held (?:1\d|20) of 20\.$/);
    expect(demo.errors()).toBe("");
  });
});
