/** What of an instance decides whether it takes requests. */
export interface Readiness {
  readonly draining: boolean;
  readonly upstreams: Readonly<Record<string, { readonly storeLost: boolean }>>;
}

/** What keeps an instance from taking requests, in words; empty: nothing does. */
export function missingIn({ draining, upstreams }: Readiness): string[] {
  return [
    ...(draining ? ["It is shutting down and takes no more requests."] : []),
    ...Object.entries(upstreams)
      .filter(([, { storeLost }]) => storeLost)
      .map(([name]) => `The ledger of ${name} is out of reach, so that nothing can be sent.`),
  ];
}
