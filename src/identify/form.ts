import { fieldValue, type RawFields } from "../http/fields.ts";
import { Problem } from "../http/problem.ts";
import type { Upstream } from "../ports/settings.ts";

/** What a form is read from. */
export interface FormRequest {
  readonly fields: RawFields;
  readonly hasBody: boolean;
  /** The whole body, where it was read. */
  readonly form?: Uint8Array;
}

/**
 * A form that was read whole: a method override, and a key where the upstream's goes into forms, is taken out of it.
 * Where it takes a key it must be whole, or a client's key in it would be passed on. @throws Problem (body-too-large).
 */
export function formOf(incoming: FormRequest, upstream: Upstream): Uint8Array | undefined {
  if (!isForm(incoming.fields)) return undefined;
  if (incoming.hasBody && !incoming.form && takesFormKey(upstream)) {
    const detail =
      "This form takes the API's key, so it is read whole, and it is larger than the bound for that (limits.replayBytes).";
    throw new Problem("body-too-large", { detail });
  }
  return incoming.form;
}

/** True where the body is a form, as PHP and its like read one. */
export function isForm(fields: RawFields): boolean {
  const type = fieldValue(fields, "content-type") ?? "";
  return /^application\/x-www-form-urlencoded\b/i.test(type);
}

/** True where a key goes into a form, so that a client's may be in one. */
export function takesFormKey({ keys }: Upstream): boolean {
  return keys.some((key) => key.in === "form");
}
