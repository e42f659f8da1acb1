/** What the probes tell, in words. */
export interface Health {
  /** False until the instance listens. */
  readonly started: () => boolean;
  /** What keeps this instance from taking requests; empty: ready. */
  readonly missing: () => readonly string[];
  /** What it does without for now, and takes requests all the same. */
  readonly degraded: () => readonly string[];
}

/** What a probe is answered. */
export interface ProbeAnswer {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * What the probes are answered; `undefined` for any other path. `/livez`: the process answers. `/startupz`: it has begun
 * to listen. `/readyz`: it takes requests; with `?strict` one that does without something counts as not ready, for a
 * balancer that has better ones to ask.
 */
export function probe(
  { pathname, searchParams }: Pick<URL, "pathname" | "searchParams">,
  { started, missing, degraded }: Health,
): ProbeAnswer | undefined {
  switch (pathname) {
    case "/livez":
      return { status: 200, body: { live: true } };
    case "/startupz":
      return { status: started() ? 200 : 503, body: { started: started() } };
    case "/readyz": {
      const [lacking, without] = [missing(), degraded()];
      const strict = searchParams.has("strict");
      const ready = lacking.length === 0 && !(strict && without.length > 0);
      return { status: ready ? 200 : 503, body: { ready, missing: lacking, degraded: without } };
    }
    default:
      return undefined;
  }
}
