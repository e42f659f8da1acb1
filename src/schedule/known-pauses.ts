import type { PauseReport, PolicyPause, TurnReply } from "../ports/ledger.ts";

/** How long something pauses, and what; absent: the ledger's back-off decides, and the whole upstream pauses. */
export type ScopedPause = Pick<PauseReport, "forMs" | "policy">;

interface Known {
  /** Monotonic instants: when this process last learned of it, and until when it holds as far as is known. */
  readonly at: number;
  readonly until: number;
}

type Named = readonly { readonly name: string }[];

const NONE: Known = { at: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

/** What one process knows of pauses: the upstream's own, and those of single policies. All instants are its monotonic ms. */
export class KnownPauses {
  #outer = NONE;
  readonly #inner = new Map<string, Known>();
  #probes: ReadonlySet<string> = new Set();

  /** Something was throttled; for how long it pauses, the ledger will tell. Absent `policy`: the upstream. */
  hear(now: number, policy?: string): void {
    if (policy === undefined) this.#outer = { ...this.#outer, at: now };
    else this.#inner.set(policy, { ...(this.#inner.get(policy) ?? NONE), at: now });
  }

  /** Takes what the ledger says of pauses and probes. */
  learn({ pausedForMs, policies, probe }: TurnReply, now: number): void {
    this.#probes = new Set([probe, ...policies.map((one) => one.probe)]);
    this.#outer = next(this.#outer, pausedForMs, now);
    const told = new Map(policies.map((one) => [one.policy, one.pausedForMs]));
    for (const policy of new Set([...this.#inner.keys(), ...told.keys()])) {
      const known = this.#inner.get(policy) ?? NONE;
      this.#inner.set(policy, next(known, told.get(policy) ?? 0, now));
    }
  }

  /** The instant from which on a permit under these policies may be out of date; never: -Infinity. */
  knownAt(policies: Named = []): number {
    return Math.max(...this.#of(policies).map(({ at }) => at));
  }

  /** For how long a pause still holds whatever is under these policies, in ms; 0: none does. */
  leftMs(now: number, policies: Named = []): number {
    return Math.max(0, ...this.#of(policies).map(({ until }) => until - now));
  }

  /** The policies that a pause holds, and for how long yet. */
  policies(now: number): readonly Pick<PolicyPause, "policy" | "pausedForMs">[] {
    return [...this.#inner].flatMap(([policy, { until }]) =>
      until > now ? [{ policy, pausedForMs: until - now }] : [],
    );
  }

  /** True where everybody, or everybody under some policy, waits for the answer to this ticket. */
  isProbe(ticket: string): boolean {
    return this.#probes.has(ticket);
  }

  #of(policies: Named): readonly Known[] {
    return [this.#outer, ...policies.map(({ name }) => this.#inner.get(name) ?? NONE)];
  }
}

function next({ at }: Known, pausedForMs: number, now: number): Known {
  return { at: pausedForMs > 0 ? now : at, until: now + pausedForMs };
}
