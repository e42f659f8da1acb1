import type { LedgerOutlook } from "../ports/ledger.ts";

/** Among whom a request would stand. */
export interface Company {
  /** Its consumer's part of each window, 0 to 1, beside those who wait at present. */
  readonly share: number;
  /** Tickets that wait over all processes. */
  readonly waiting: number;
}

/** Those who wait, as a consumer of this weight finds them, be it among them or not. */
export function companyOf(
  { consumers }: Pick<LedgerOutlook, "consumers">,
  { consumer, weight }: { readonly consumer: string; readonly weight: number },
): Company {
  const others = consumers.filter((one) => one.consumer !== consumer && one.waiting > 0);
  const weights = others.reduce((sum, one) => sum + one.weight, weight);
  const waiting = consumers.reduce((sum, one) => sum + one.waiting, 0);
  return { share: weight / weights, waiting };
}
