import { randomUUID } from "node:crypto";
import { fieldLines, type RawFields } from "../http/fields.ts";

/** The id that a client chose by `X-Request-Id`, where it is harmless as a field and in a log. */
export function givenRequestId(fields: RawFields): string | undefined {
  const given = fieldLines(fields, "x-request-id")[0] ?? "";
  return /^[\w.:/+=@-]{1,128}$/.test(given) ? given : undefined;
}

/** The exchange's id: the client's own, else a new one. */
export function requestIdOf(fields: RawFields): string {
  return givenRequestId(fields) ?? randomUUID();
}
