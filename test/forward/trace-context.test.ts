import { describe, expect, it } from "vitest";
import { withTraceContext } from "../../src/forward/trace-context.ts";

const ID = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
const OWN = ["traceparent", `00-${"a".repeat(32)}-${"c".repeat(16)}-01`];

describe("withTraceContext()", () => {
  it("puts a forward below its own span, in the place of what the client sent", () => {
    const fields = ["Accept", "a/b", "Traceparent", ID, "TraceState", "x=1"];
    expect(withTraceContext(fields, { own: OWN, client: fields })).toEqual([
      "Accept",
      "a/b",
      ...OWN,
    ]);
  });

  it("leaves a request for one client as the client sent it, where nobody traces", () => {
    const fields = ["Traceparent", "anything", "Tracestate", "x=1"];
    for (const own of [undefined, []]) {
      expect(withTraceContext(fields, { own, client: fields })).toBe(fields);
    }
  });

  it("gives a request for many the traceparent of the client that pays, and no tracestate", () => {
    const client = ["TraceParent", ID, "tracestate", "x=1"];
    expect(withTraceContext(["Accept", "a/b"], { own: undefined, client })).toEqual([
      "Accept",
      "a/b",
      "traceparent",
      ID,
    ]);
  });

  it.each([
    [],
    ["traceparent", "00-<script>"],
    ["traceparent", `${ID}-more`],
    ["traceparent", ID.replace("00-", "cc-")],
    ["traceparent", `00-${"0".repeat(32)}-${"b".repeat(16)}-01`],
    ["traceparent", `00-${"a".repeat(32)}-${"0".repeat(16)}-01`],
    ["traceparent", ID, "traceparent", ID],
  ])("gives it nothing that is not one plain id: %j %j", (...client) => {
    const fields = ["Accept", "a/b"];
    expect(withTraceContext(fields, { own: undefined, client })).toBe(fields);
  });
});
