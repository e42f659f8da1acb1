import { fieldLines, withoutFields, type RawFields } from "../http/fields.ts";
import type { Upstream, UpstreamKey } from "../ports/settings.ts";

/** Method overrides: the method on the request line is the one that was judged. `_method` in query and form beside. */
const METHOD_OVERRIDES = new Set(["x-http-method-override", "x-http-method", "x-method-override"]);

/** A request without anything that could be taken for a credential, and what it gave as one. */
export interface Stripped {
  /** Every value found where the upstream's key would go, and in `Authorization: Bearer`. */
  readonly candidates: readonly string[];
  readonly fields: RawFields;
  readonly query: string;
  /** The body, where it was a form. */
  readonly form?: Uint8Array;
}

/** What may hold a credential. `form` only where the body is `application/x-www-form-urlencoded`. */
export interface Presented {
  readonly fields: RawFields;
  readonly query: string;
  readonly form?: Uint8Array;
}

/**
 * True where Authorization is between the client and the upstream: Sluice has neither a key of its own to put
 * there nor consumers who show theirs in it (`open`), and the configuration names the field.
 */
export function passesAuthorization({ keys, varyFields }: Upstream, open: boolean): boolean {
  const named = varyFields.includes("authorization") || varyFields.includes("*");
  return open && keys.length === 0 && named;
}

/**
 * Takes a client's credential out of the places where the upstream's own would go. Whatever a client
 * sends there never reaches the upstream, be it a key or not; Authorization does with `passing`.
 */
export function stripCredential(
  presented: Presented,
  keys: readonly UpstreamKey[],
  passing = false,
): Stripped {
  const named = (place: UpstreamKey["in"]): string[] =>
    keys.flatMap((key) => (key.in === place && key.in !== "basic" ? [key.name] : []));
  const headers = new Set(named("header").map((name) => name.toLowerCase()));
  const query = withoutParameters(presented.query.slice(1), [...named("query"), "_method"]);
  const form =
    presented.form &&
    withoutParameters(Buffer.from(presented.form).toString("latin1"), [
      ...named("form"),
      "_method",
    ]);
  return {
    candidates: [
      ...fieldLines(presented.fields, "authorization").flatMap(fromAuthorization),
      ...[...headers].flatMap((name) => fieldLines(presented.fields, name)),
      ...query.values,
      ...(form?.values ?? []),
    ],
    fields: withoutFields(
      presented.fields,
      (name) =>
        (name === "authorization" && !passing) || headers.has(name) || METHOD_OVERRIDES.has(name),
    ),
    query: query.rest === "" ? "" : `?${query.rest}`,
    ...(form ? { form: Buffer.from(form.rest, "latin1") } : {}),
  };
}

/** Bearer: the key. Basic: either half, since APIs put a key in the one and a filler in the other. */
function fromAuthorization(value: string): string[] {
  const [scheme = "", rest = ""] = value.trim().split(/\s+/, 2);
  if (/^bearer$/i.test(scheme)) return [rest];
  if (!/^basic$/i.test(scheme)) return [];
  const [username = "", ...password] = Buffer.from(rest, "base64").toString().split(":");
  return [password.join(":"), username].filter((part) => part !== "");
}

/** The rest of a query or form byte for byte, and the values of the named parameters. */
function withoutParameters(text: string, names: readonly string[]) {
  const values: string[] = [];
  const rest: string[] = [];
  for (const pair of text.split("&")) {
    const at = pair.indexOf("=");
    const name = decoded(at === -1 ? pair : pair.slice(0, at));
    if (names.some((secret) => isReadAs(name, secret))) {
      if (!isReadAs(name, "_method")) values.push(decoded(at === -1 ? "" : pair.slice(at + 1)));
    } else {
      rest.push(pair);
    }
  }
  return { values, rest: rest.join("&") };
}

/**
 * True where an upstream may read this parameter as the one called `secret`. PHP takes `apikey[]` for the same,
 * drops leading blanks, ends a name at a NUL, and puts `_` for blanks, dots and a bracket that is not closed.
 */
export function isReadAs(name: string, secret: string): boolean {
  if (name === secret || name.startsWith(`${secret}[`)) return true;
  const whole = name.replace(/^ +/, "").split("\0", 1)[0] ?? "";
  const base = whole.split("[", 1)[0] ?? "";
  return [whole, base].some((read) => read.replaceAll(/[ .[]/g, "_") === secret);
}

/** A parameter's name or value as it is meant. Where the whole is not UTF-8, byte for byte: one odd escape must not hide the others. */
export function decoded(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    );
  }
}
