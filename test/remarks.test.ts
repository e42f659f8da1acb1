import { describe, expect, it } from "vitest";
import { newNotes } from "../src/observe/access-record.ts";
import { remarksOn } from "../src/remarks.ts";
import { Workbench } from "./support/workbench.ts";

describe("remarksOn()", () => {
  it("tells of no quota where no upstream was found, and of no cookies", () => {
    const remarks = remarksOn(undefined, newNotes("r1", "GET"));
    expect(remarks).toMatchObject({ requestId: "r1", quotas: undefined, cookies: "drop" });
  });

  it("tells of each quota of the upstream, and of times only where there were any", () => {
    const { line } = new Workbench().exchange({});
    const names = line.upstream.quotas.map(({ name }) => name);
    const still = remarksOn(line, newNotes("r1", "GET"));
    expect(still.quotas?.map(({ name }) => name)).toEqual(names);
    expect(still).not.toHaveProperty("queueMs");
    const waited = { ...newNotes("r1", "GET"), queueMs: 3, upstreamMs: 4 };
    expect(remarksOn(line, waited)).toMatchObject({ queueMs: 3, upstreamMs: 4 });
  });
});
