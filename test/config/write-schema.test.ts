import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/schema.ts";
import { jsonSchema } from "../../src/config/write-schema.ts";
import { repositoryFile } from "../deploy/repository-file.ts";

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: boolean | Node;
  readonly required?: readonly string[];
  readonly items?: Node;
}

function read(): Node & { readonly title: string } {
  return JSON.parse(jsonSchema()) as Node & { readonly title: string };
}

describe("jsonSchema()", () => {
  it("is what config/sluice.schema.json holds: npm run schema writes it", () => {
    expect(repositoryFile("config/sluice.schema.json")).toBe(jsonSchema());
  });

  it("names every setting of the top, requires an upstream alone and allows nothing else", () => {
    const { title, properties = {}, required, additionalProperties } = read();
    expect(title).toBe("Sluice configuration");
    expect(Object.keys(properties)).toEqual(Object.keys(configSchema.shape));
    expect([required, additionalProperties]).toEqual([["upstreams"], false]);
  });

  it("describes what is written, not what it is read as: a duration is a text", () => {
    const upstreams = read().properties?.["upstreams"]?.additionalProperties;
    const quota =
      typeof upstreams === "object" ? upstreams.properties?.["quotas"]?.items : undefined;
    expect(quota?.properties?.["window"]?.type).toBe("string");
    expect(quota?.required).toEqual(["limit", "window"]);
    expect(quota?.additionalProperties).toBe(false);
  });
});
