import { writeFileSync } from "node:fs";
import { z } from "zod";
import { configSchema } from "./schema.ts";

const FILE = new URL("../../config/sluice.schema.json", import.meta.url);

/** The JSON Schema of the configuration file as editors read it. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ title: "Sluice configuration", ...schema }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(FILE, jsonSchema());
