import type { UpstreamFaultKind } from "./upstream-client.ts";

/** Raised by an UpstreamClient; `kind` says whether the upstream may have seen the request. */
export class UpstreamFault extends Error {
  readonly kind: UpstreamFaultKind;

  constructor(kind: UpstreamFaultKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "UpstreamFault";
    this.kind = kind;
  }
}

/** Raised by a Ledger or CacheStore whose store is out of reach: the command may or may not have run. */
export class StoreFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StoreFault";
  }
}
