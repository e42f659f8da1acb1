import { describe, expect, it } from "vitest";
import { operations } from "../../src/operate/openapi.ts";
import { curlOf, referencePage } from "../../src/operate/reference-page.ts";

const BASE = "http://localhost:8081";

function curl(method: string, path: string): string {
  const operation = operations.find((one) => one.method === method && one.path === path);
  if (!operation) throw new Error("no such operation");
  return curlOf(operation, BASE);
}

describe("curlOf()", () => {
  it("is the request as one would send it by hand", () => {
    expect(curl("get", "/livez")).toBe(`curl ${BASE}/livez`);
    expect(curl("post", "/pause")).toBe(
      `curl ${BASE}/pause -H "Authorization: Bearer $SLUICE_ADMIN_TOKEN" -H 'Content-Type: application/json' -d '{"for":"60s"}'`,
    );
    expect(curl("patch", "/consumers")).toContain("curl -X PATCH ");
    expect(curl("delete", "/consumers/{name}")).toContain("curl -X DELETE ");
  });
});

describe("referencePage()", () => {
  it("has each operation with its members", async () => {
    const text = String(await referencePage(operations, BASE));
    for (const { path, summary } of operations) {
      expect(text).toContain(path);
      expect(text).toContain(summary.replaceAll("'", "&#39;"));
    }
    expect(text).toContain("never longer than pause.max");
  });
});
