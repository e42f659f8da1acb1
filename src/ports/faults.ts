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

/** What a command to a store brings, or `instead` where the store is out of reach. Any other error is passed on. */
export async function orLost<Value, Instead>(
  command: Promise<Value>,
  instead: Instead,
): Promise<Value | Instead> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof StoreFault) return instead;
    throw error;
  }
}

/** True where a command to a store was carried out, false where the store is out of reach. */
export function isDone(command: Promise<void>): Promise<boolean> {
  return orLost(
    command.then(() => true),
    false,
  );
}
