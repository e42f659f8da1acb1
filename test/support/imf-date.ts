/** An instant in epoch milliseconds as IMF-fixdate, the only form that may be generated (RFC 9110 section 5.6.7). */
export function imfDate(at: number): string {
  return new Date(at).toUTCString();
}
