import { z } from "zod";
import { writtenForms, type WrittenForm } from "../config/scalars.ts";

/** One setting as the schema has it. */
export interface Setting {
  /** `upstreams.NAME.quotas[].limit`: `NAME` stands for a name of one's own, `[]` for an entry of a list. */
  readonly path: string;
  readonly form: Form;
  /** After the schema's transforms, so in ms and bytes. `undefined`: it has none in the schema. */
  readonly fallback: unknown;
  /** False: leaving it out is allowed. */
  readonly required: boolean;
  /** What the schema itself says of it. */
  readonly description: string | undefined;
}

/** What may be written. */
export type Form =
  | WrittenForm
  | { readonly kind: "mapping" | "mapping by name" }
  | { readonly kind: "one of"; readonly values: readonly string[] }
  | { readonly kind: "either"; readonly forms: readonly Form[] }
  | { readonly kind: "list"; readonly of: Form };

type Schema = z.core.$ZodType;

/** Everything around a value that is not the value's own form. */
interface Unwrapped {
  readonly schema: Schema;
  readonly fallback: unknown;
  readonly required: boolean;
  readonly description: string | undefined;
}

/** Every setting below a schema, in the order in which they are written there. `describe` tells what it says of itself. */
export function walkSettings(
  schema: Schema,
  describe: (schema: Schema) => string | undefined,
): Setting[] {
  const visit = (node: Schema, path: string): Setting[] => {
    const { schema: inner, ...around } = unwrap(node, describe);
    const own = path === "" ? [] : [{ path, form: formOf(inner), ...around }];
    return [...own, ...membersOf(inner, path).flatMap(([member, at]) => visit(member, at))];
  };
  return visit(schema, "");
}

function membersOf(schema: Schema, path: string): (readonly [Schema, string])[] {
  if (writtenForms.get(schema)) return [];
  const below = path === "" ? "" : `${path}.`;
  if (schema instanceof z.ZodObject) {
    const shape: Record<string, Schema> = schema.def.shape;
    return Object.entries(shape).map(([name, member]) => [member, `${below}${name}`]);
  }
  if (schema instanceof z.ZodRecord) return [[schema.def.valueType, `${below}NAME`]];
  if (!(schema instanceof z.ZodArray)) return [];
  return membersOf(unwrap(schema.def.element, () => undefined).schema, `${path}[]`);
}

function unwrap(outer: Schema, describe: (schema: Schema) => string | undefined): Unwrapped {
  let schema = outer;
  let fallback: unknown;
  let required = true;
  let description: string | undefined;
  for (;;) {
    description ??= describe(schema);
    const inner = writtenForms.get(schema) ? undefined : innerOf(schema);
    if (inner === undefined) return { schema, fallback, required, description };
    if (isDefault(schema)) fallback = schema.def.defaultValue;
    if (!(schema instanceof z.ZodPipe)) required = false;
    schema = inner;
  }
}

function isDefault(schema: Schema): schema is z.ZodDefault | z.ZodPrefault {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
}

function isOptional(schema: Schema): schema is z.ZodOptional | z.ZodExactOptional {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional;
}

/** What a wrapper wraps; of a pipe the side that is written, which is not the one that only transforms. */
function innerOf(schema: Schema): Schema | undefined {
  if (isDefault(schema) || isOptional(schema)) return schema.def.innerType;
  if (!(schema instanceof z.ZodPipe)) return undefined;
  const { in: written, out } = schema.def;
  return written instanceof z.ZodTransform ? out : written;
}

function formOf(schema: Schema): Form {
  const written = writtenForms.get(schema);
  if (written) return written;
  if (schema instanceof z.ZodObject) return { kind: "mapping" };
  if (schema instanceof z.ZodRecord) return { kind: "mapping by name" };
  if (schema instanceof z.ZodArray) {
    return { kind: "list", of: formOf(unwrap(schema.def.element, () => undefined).schema) };
  }
  if (schema instanceof z.ZodEnum) {
    return { kind: "one of", values: Object.values(schema.def.entries).map(String) };
  }
  if (schema instanceof z.ZodLiteral) {
    return { kind: "one of", values: schema.def.values.map(String) };
  }
  if (!(schema instanceof z.ZodUnion)) return { kind: "text" };
  return { kind: "either", forms: schema.def.options.map((option) => formOf(option)) };
}
