import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { parseDuration } from "../../src/config/durations.ts";
import { loadSettings } from "../../src/config/load.ts";
import { storing } from "../../src/http/storable.ts";
import { cacheability } from "../../src/lookup/cacheability.ts";
import { repositoryFile } from "../deploy/repository-file.ts";

/*
 * docs/route-policies.md says what becomes of answers under settings. Each of its examples is loaded and judged.
 */

const folder = mkdtempSync(join(tmpdir(), "sluice-policies-"));
afterAll(() => rmSync(folder, { recursive: true }));

const EXAMPLE =
  /```yaml\n([^`]+)```\s+```http\n([^`]+)```\s+(?:Stored for (\w+)\.|Not stored: `([\w-]+)`)/g;
const AT = Date.UTC(2026, 10, 24, 10);

const text = repositoryFile("docs/route-policies.md");
const examples = [...text.matchAll(EXAMPLE)].map(
  ([, yaml = "", http = "", lifetime = "", why = ""], index) => ({
    number: index + 1,
    yaml,
    http: http.trimEnd(),
    lifetime,
    why,
  }),
);

/** The terms of a GET under an upstream with a key, and an example's routes or settings. */
function termsOf(yaml: string) {
  const written: unknown = parse(yaml);
  const settings = Array.isArray(written) ? { routes: written } : (written as object);
  const api = {
    mount: "/api",
    url: "https://api.example",
    keys: [{ in: "query", name: "key", value: "s3cret-key" }],
    quotas: [{ limit: 1, window: "2s" }],
    ...settings,
  };
  const file = join(folder, "sluice.yaml");
  writeFileSync(file, stringify({ upstreams: { api } }));
  const [upstream] = loadSettings({ file, environment: {} }).upstreams;
  if (!upstream) throw new Error("There is no upstream.");
  const may = cacheability({ method: "GET", fields: [], route: upstream.routes[0], upstream });
  if (may.kind !== "cacheable") throw new Error("The example is not cacheable.");
  return may.policy;
}

function responseIn(http: string) {
  const [line = "", ...fields] = http.split("\n");
  return {
    status: Number(line.split(" ")[1]),
    fields: fields.flatMap((field) => field.split(/: (.*)/, 2)),
  };
}

describe("docs/route-policies.md", () => {
  it("has an example of every step, and none that is not judged", () => {
    expect(examples).toHaveLength(text.match(/```yaml/g)?.length ?? 0);
    expect(text.match(/```http/g)).toHaveLength(examples.length);
    const steps = text.split(/^## \d/m).slice(1);
    expect(steps.filter((step) => !step.includes("```yaml"))).toEqual([]);
  });

  it.each(examples)("is right in example $number: $lifetime$why", (example) => {
    const candidate = {
      ...responseIn(example.http),
      requestFields: [],
      receivedAt: AT,
      authenticated: true,
    };
    const verdict = storing(candidate, termsOf(example.yaml));
    const expected =
      example.why === ""
        ? { store: true, lifetimeMs: parseDuration(example.lifetime) }
        : { store: false, why: example.why };
    expect(verdict).toMatchObject(expected);
  });
});
