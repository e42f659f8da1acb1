import { createHash } from "node:crypto";
import { madeEtag } from "./made-etag.ts";
import { isErrorEnvelope } from "../http/envelope.ts";
import { fieldLines, withoutFields, type RawFields } from "../http/fields.ts";
import { freshenedFields } from "../http/freshen.ts";
import { storing, type NotStored, type Storing } from "../http/storable.ts";
import { selectingFields, varyNames } from "../http/vary.ts";
import { isDone } from "../ports/faults.ts";
import type { Dependency, StoredResponse } from "../http/stored-response.ts";
import type { CacheStore, Generation } from "../ports/cache-store.ts";
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
  /** True where the request carried a credential, the gateway's or the client's (RFC 9111 section 3.5). */
  readonly authenticated: boolean;
  /** What it depends on, as read before the request left; `undefined`: it may not be kept. */
  readonly generations: readonly Dependency[] | undefined;
}

/**
 * The generations under which an answer may be kept; `undefined` where the store was out of reach or a write to
 * one of the names was under way, so that nobody knows which state the answer shows.
 */
export function dependable(
  generations: readonly Generation[] | undefined,
): readonly Dependency[] | undefined {
  if (!generations || generations.some(({ pending }) => pending)) return undefined;
  return generations.map(({ name, hard, soft }) => [name, hard, soft]);
}

/** Why an answer is not kept: the policy's reasons and those of the body. */
export type NotKept = NotStored | "error-envelope" | "too-large";

/** What is known of keeping an answer before its body is read. */
export type Verdict =
  | ({ readonly keep: true } & Terms)
  | { readonly keep: false; readonly why: NotKept };

/** For how long an answer is kept, and how it may be used after that. */
type Terms = Omit<Extract<Storing, { store: true }>, "store">;

/** Judges the head alone, so that what will not be kept need not be collected. */
export function judgeHead(head: Head, policy: CachePolicy): Verdict {
  const verdict = storing(head, policy);
  if (!verdict.store) return { keep: false, why: verdict.why };
  const { store: _, ...terms } = verdict;
  return { keep: true, ...terms };
}

/** True where a whole body is an error that its status does not tell of. */
export function isError(body: Uint8Array, { errorEnvelope }: CachePolicy): boolean {
  return errorEnvelope.length > 0 && isErrorEnvelope(Buffer.from(body).toString(), errorEnvelope);
}

/** Makes the record of a whole answer that is to be kept. */
export function record(
  { head, policy }: { readonly head: Head; readonly policy: CachePolicy },
  body: Uint8Array,
  verdict: Extract<Verdict, { keep: true }>,
): StoredResponse {
  const selecting = selectingFields(selectingNames(head), head.requestFields);
  const { status, reason, requestedAt, receivedAt, generations = [] } = head;
  return {
    variant: createHash("sha256").update(JSON.stringify(selecting)).digest("base64url"),
    selecting,
    status,
    reason,
    fields: withoutFields(head.fields, unkept(policy)),
    body,
    requestedAt,
    receivedAt,
    ...termsOf(verdict),
    generations,
    etag: fieldLines(head.fields, "etag")[0] ?? madeEtag(body),
  };
}

/** Vary's; and a part answers that very range alone, whatever Vary says. */
function selectingNames({ status, fields }: Head): readonly string[] {
  const varied = varyNames(fields);
  const names = varied === "*" ? [] : varied;
  return status === 206 ? [...new Set([...names, "range"])].toSorted() : names;
}

/** A stored response after the origin's 304 (RFC 9111 section 4.3.4), judged anew with its new fields. */
export function freshen(
  stored: StoredResponse,
  head: Head,
  policy: CachePolicy,
): { readonly stored: StoredResponse; readonly verdict: Verdict } {
  const fields = freshenedFields(stored.fields, head.fields);
  const renewed = { ...head, fields, status: stored.status, reason: stored.reason };
  const verdict = judgeHead(renewed, policy);
  const { requestedAt, receivedAt, generations = [] } = head;
  const etag = fieldLines(fields, "etag")[0] ?? stored.etag;
  const news = { requestedAt, receivedAt, ...termsOf(verdict), generations, etag };
  return { verdict, stored: { ...stored, ...news, fields: withoutFields(fields, unkept(policy)) } };
}

function termsOf(verdict: Verdict): Terms {
  if (!verdict.keep) {
    return { lifetimeMs: 0, overridden: false, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
  }
  const { keep: _, ...terms } = verdict;
  return terms;
}

/** The length is that of the body as it is written, and a cookie is one client's. */
function unkept({ cookies }: CachePolicy): (lowerCaseName: string) => boolean {
  return (name) => name === "content-length" || (name === "set-cookie" && cookies === "drop");
}

/** However short its lifetime, a response with a validator is kept as long: a 304 is cheaper than a body. */
const VALIDATE_MS = 600_000;

/**
 * Writes a record, for as long as it may be of use: while fresh, and after that while it may be validated
 * or served stale. False where the store is out of reach: the answer is passed on all the same.
 */
export async function keep(
  store: CacheStore,
  key: string,
  stored: StoredResponse,
): Promise<boolean> {
  const { lifetimeMs, staleWhileRevalidateMs, staleIfErrorMs, fields } = stored;
  const validators = ["etag", "last-modified"].some((name) => fieldLines(fields, name).length > 0);
  const validatedMs = validators ? Math.max(lifetimeMs, VALIDATE_MS) : 0;
  const afterMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs, validatedMs);
  return isDone(store.write(key, stored, lifetimeMs + afterMs));
}
