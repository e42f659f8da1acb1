/*
 * What the admin port answers, as plain values: the OpenAPI document and the page for people are both made from this
 * list, and a test holds it against the routes that exist.
 */

/** A JSON Schema (draft 2020-12), as far as bodies here need it. */
export type Schema = Readonly<Record<string, unknown>>;

/** One request that the admin port understands. */
export interface Operation {
  readonly method: "get" | "post" | "patch" | "delete";
  /** With parameters in braces. */
  readonly path: string;
  readonly group: "Look" | "Order" | "Consumers" | "Probes";
  readonly summary: string;
  /** Who is heard: everybody, whoever has a token, or whoever has the full one. */
  readonly role: "anyone" | "read" | "full";
  /** Parameters of the query, each with what it means. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly schema: Schema; readonly example: Schema };
  /** What a success is, and its status and media type where they are not 200 and JSON. */
  readonly answer: string;
  readonly status?: 201 | 202 | 204;
  readonly type?: string;
  /** Statuses with a problem document beside those that every operation may have. */
  readonly problems?: readonly number[];
}

/** A text. */
export const text = (description: string): Schema => ({ type: "string", description });
/** The upstream that an order speaks of. */
export const UPSTREAM = text("Name of the upstream; needed where there are several.");

/** An object of these members and no others. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
): Schema {
  return { type: "object", additionalProperties: false, properties, required };
}
