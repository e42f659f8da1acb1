import { randomUUID } from "node:crypto";
import { fieldLines, type RawFields } from "../http/fields.ts";

/** The exchange's id: the client's own `X-Request-Id` where it is harmless as a field and in a log, else a new one. */
export function requestIdOf(fields: RawFields): string {
  const given = fieldLines(fields, "x-request-id")[0] ?? "";
  return /^[\w.:/+=@-]{1,128}$/.test(given) ? given : randomUUID();
}
