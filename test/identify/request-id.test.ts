import { describe, expect, it } from "vitest";
import { givenRequestId, requestIdOf } from "../../src/identify/request-id.ts";

describe("givenRequestId()", () => {
  it("is the client's own where it is harmless, and none else", () => {
    expect(givenRequestId(["x-request-id", "a/b"])).toBe("a/b");
    expect(givenRequestId(["x-request-id", "a b"])).toBeUndefined();
    expect(givenRequestId([])).toBeUndefined();
  });
});

describe("requestIdOf()", () => {
  it("takes the client's own where it is harmless", () => {
    expect(requestIdOf(["x-request-id", "Root=1-67891233-abcdef/012@x"])).toBe(
      "Root=1-67891233-abcdef/012@x",
    );
  });

  it.each([[[]], [["X-Request-Id", ""]], [["X-Request-Id", 'a"b']], [["X-Request-Id", "a b"]]])(
    "makes a new one for %j, different each time",
    (fields) => {
      expect(requestIdOf(fields)).toMatch(/^[0-9a-f-]{36}$/);
      expect(requestIdOf(fields)).not.toBe(requestIdOf(fields));
    },
  );

  it("takes none that is too long for a log", () => {
    expect(requestIdOf(["X-Request-Id", "x".repeat(128)])).toBe("x".repeat(128));
    expect(requestIdOf(["X-Request-Id", "x".repeat(129)])).toHaveLength(36);
  });
});
