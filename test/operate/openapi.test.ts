import { describe, expect, it } from "vitest";
import { openapi, operations } from "../../src/operate/openapi.ts";

interface Described {
  readonly operationId: string;
  readonly parameters: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly security: readonly object[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

describe("openapi()", () => {
  const { paths } = openapi() as unknown as Document;
  const all = Object.values(paths).flatMap((path) => Object.values(path));

  it("has each operation once, under an id of its own", () => {
    expect(all).toHaveLength(operations.length);
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it("names each parameter of a path", () => {
    for (const [path, methods] of Object.entries(paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters } of Object.values(methods)) {
        const given = parameters.filter((one) => one.in === "path").map(({ name }) => name);
        expect(given).toEqual(named);
      }
    }
  });

  it("says in words what each status means", () => {
    for (const { responses } of all) {
      for (const { description } of Object.values(responses)) {
        expect(description).not.toBe("");
      }
    }
  });

  it("asks for no token where everybody is heard", () => {
    expect(paths["/livez"]?.["get"]?.security).toEqual([]);
    expect(paths["/purge"]?.["post"]?.security).toEqual([{ token: [] }, { stay: [] }]);
  });
});
