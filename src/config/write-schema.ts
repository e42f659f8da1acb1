import { writeFileSync } from "node:fs";
import { z } from "zod";
import { configSchema } from "./schema.ts";
import { settingTexts } from "./setting-texts.ts";

const FILE = new URL("../../config/sluice.schema.json", import.meta.url);

/** The JSON Schema of the configuration file as editors read it. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema: node, path }) => {
      const text = settingTexts[settingPath(path)];
      if (text !== undefined) node.description = text;
    },
  });
  return `${JSON.stringify({ title: "Sluice configuration", ...schema }, null, 2)}\n`;
}

/** A place in the JSON Schema as the path of a setting: `upstreams.NAME.quotas[].limit`. */
function settingPath(path: readonly (string | number)[]): string {
  const names = path.flatMap((step, index): string[] => {
    const kept = path[index - 1] === "properties";
    if (step === "additionalProperties" && !kept) return [".NAME"];
    if (step === "items" && !kept) return ["[]"];
    return kept ? [`.${step}`] : [];
  });
  return names.join("").slice(1);
}

if (import.meta.main) writeFileSync(FILE, jsonSchema());
