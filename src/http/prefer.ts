const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;

/** The bound on the wait that `Prefer: wait=N` gives, in milliseconds (RFC 7240 section 4.3). */
export function preferredWaitMs(prefer: string | undefined): number | undefined {
  for (const preference of (prefer ?? "").split(",")) {
    // What follows a semicolon are parameters, and wait has none.
    const seconds = WAIT.exec(preference.split(";")[0]?.trim() ?? "")?.[1];
    if (seconds !== undefined) return Number(seconds) * 1000;
  }
  return undefined;
}
