import { createHash } from "node:crypto";
import { madeEtag } from "./made-etag.ts";
import { isErrorEnvelope } from "../http/envelope.ts";
import { fieldLines, withoutFields, type RawFields } from "../http/fields.ts";
import { freshenedFields } from "../http/freshen.ts";
import { storing, type NotStored } from "../http/storable.ts";
import { selectingFields, varyNames } from "../http/vary.ts";
import { StoreFault } from "../ports/faults.ts";
import type { StoredResponse } from "../http/stored-response.ts";
import type { CacheStore } from "../ports/cache-store.ts";
import type { CachePolicy } from "../ports/settings.ts";

/** The head of an answer to a shared GET, and what it was asked with. */
export interface Head {
  readonly status: number;
  readonly reason: string;
  readonly fields: RawFields;
  readonly requestedAt: number;
  readonly receivedAt: number;
  /** The outbound request's fields: what Vary is judged on. */
  readonly requestFields: RawFields;
  /** Read before the request left; `undefined`: the store was out of reach. */
  readonly generations: StoredResponse["generations"] | undefined;
}

/** Why an answer is not kept: the policy's reasons and those of the body. */
export type NotKept = NotStored | "error-envelope" | "too-large";

/** What is known of keeping an answer before its body is read. */
export type Verdict =
  | { readonly keep: true; readonly lifetimeMs: number; readonly overridden: boolean }
  | { readonly keep: false; readonly why: NotKept };

/** Judges the head alone, so that what will not be kept need not be collected. */
export function judgeHead(head: Head, policy: CachePolicy | undefined): Verdict {
  const verdict = storing(head, policy);
  return verdict.store
    ? { keep: true, lifetimeMs: verdict.lifetimeMs, overridden: verdict.overridden }
    : { keep: false, why: verdict.why };
}

/** True where a whole body is an error that its status does not tell of. */
export function isError(body: Uint8Array, policy: CachePolicy | undefined): boolean {
  return (
    policy !== undefined && isErrorEnvelope(Buffer.from(body).toString(), policy.errorEnvelope)
  );
}

/** Makes the record of a whole answer that is to be kept. */
export function record(
  head: Head,
  body: Uint8Array,
  verdict: Extract<Verdict, { keep: true }>,
): StoredResponse {
  const names = varyNames(head.fields);
  const selecting = selectingFields(names === "*" ? [] : names, head.requestFields);
  const { status, reason, requestedAt, receivedAt, generations = [] } = head;
  return {
    variant: createHash("sha256").update(JSON.stringify(selecting)).digest("base64url"),
    selecting,
    status,
    reason,
    fields: withoutFields(head.fields, isUnkept),
    body,
    requestedAt,
    receivedAt,
    lifetimeMs: verdict.lifetimeMs,
    overridden: verdict.overridden,
    generations,
    etag: fieldLines(head.fields, "etag")[0] ?? madeEtag(body),
  };
}

/** A stored response after the origin's 304 (RFC 9111 section 4.3.4), judged anew with its new fields. */
export function freshen(
  stored: StoredResponse,
  head: Head,
  policy: CachePolicy | undefined,
): { readonly stored: StoredResponse; readonly verdict: Verdict } {
  const fields = freshenedFields(stored.fields, head.fields);
  const renewed = { ...head, fields, status: stored.status, reason: stored.reason };
  const verdict = judgeHead(renewed, policy);
  const { requestedAt, receivedAt, generations = [] } = head;
  const terms = verdict.keep ? verdict : { lifetimeMs: 0, overridden: false };
  const { lifetimeMs, overridden } = terms;
  const etag = fieldLines(fields, "etag")[0] ?? stored.etag;
  const news = { requestedAt, receivedAt, lifetimeMs, overridden, generations, etag };
  return { verdict, stored: { ...stored, ...news, fields: withoutFields(fields, isUnkept) } };
}

/** A cookie is one client's, and the length is that of the body as it is written. */
function isUnkept(name: string): boolean {
  return name === "set-cookie" || name === "content-length";
}

/** What is to be written. */
export interface Keeping {
  readonly head: Head;
  readonly stored: StoredResponse;
  readonly policy: CachePolicy | undefined;
}

/**
 * Writes a record, for as long as it may be of use: while fresh, and after that while it may be validated
 * or served stale. False where the store is out of reach: the answer is passed on all the same.
 */
export async function keep(
  store: CacheStore,
  key: string,
  { head, stored, policy }: Keeping,
): Promise<boolean> {
  if (!head.generations) return false;
  const { staleWhileRevalidateMs = 0, staleIfErrorMs = 0 } = policy ?? {};
  const validators =
    fieldLines(stored.fields, "etag").length + fieldLines(stored.fields, "last-modified").length;
  const validatedMs = validators > 0 ? stored.lifetimeMs : 0;
  const afterMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs, validatedMs);
  try {
    await store.write(key, stored, stored.lifetimeMs + afterMs);
    return true;
  } catch (error) {
    if (error instanceof StoreFault) return false;
    throw error;
  }
}
