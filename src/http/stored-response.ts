import type { RawFields } from "./fields.ts";

/** A complete response as it is kept, with all that RFC 9111 needs to judge it later. */
export interface StoredResponse {
  /** Distinguishes the variants under one key: digest of the selecting request fields (section 4.1). */
  readonly variant: string;
  /** The request fields named by Vary, lower-case name to combined value, concealed where it may be a secret; absent fields as `""`. */
  readonly selecting: Readonly<Record<string, string>>;
  readonly status: number;
  readonly reason: string;
  /** As received, without hop-by-hop fields and Content-Length; without Set-Cookie unless cookies are stored. */
  readonly fields: RawFields;
  /** Without content coding. */
  readonly body: Uint8Array;
  /** Epoch milliseconds: when the request left, and when the head of the response arrived. */
  readonly requestedAt: number;
  readonly receivedAt: number;
  /** Settled at store time from the origin's fields or the route's override. */
  readonly lifetimeMs: number;
  /** True: the lifetime is the route's own and counts from receipt, whatever the origin's fields say. */
  readonly overridden: boolean;
  /**
   * How long after its freshness it may be served while it is revalidated, and when the upstream fails (RFC 5861);
   * settled at store time from the route or the origin, 0 where neither allows it.
   */
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** What it depends on, each with its generations as read before the request left; see CacheStore. */
  readonly generations: readonly Dependency[];
  /** Entity tag to validate with: the origin's, or one made by Sluice over the body. */
  readonly etag: string;
}

/** A name that a stored response depends on, and the generations under which it was requested. */
export type Dependency = readonly [name: string, hard: string, soft: string];
