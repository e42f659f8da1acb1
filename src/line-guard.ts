import { Circuit, type CircuitState, type ForwardOutcome } from "./forward/circuit.ts";
import { RetryBudget } from "./forward/retry-budget.ts";
import { upstreamDownProblem } from "./forward/upstream-problem.ts";
import { UpstreamFault } from "./ports/faults.ts";
import type { Clock } from "./ports/clock.ts";
import type { Upstream } from "./ports/settings.ts";
import type { Permit } from "./schedule/permit.ts";

/*
 * What spares an upstream that fails: the circuit, which lets nothing out while most of it would be in vain, and the
 * budget of retries. The same for all lines to an upstream, so that a reload forgets nothing.
 */

/** What a guard is built with. */
export interface GuardParts {
  readonly clock: Pick<Clock, "monotonic">;
  /** Told when the circuit has opened and closed. */
  readonly onCircuit: (state: "open" | "closed") => void;
}

/** One forward that has begun: told how it fared, so that the circuit may learn. */
export interface Attempt {
  /** The statuses of `circuit.statuses` are failures; a 429 is an answer. */
  readonly answered: (status: number) => void;
  /** What is no fault of the upstream, such as a client that left, tells nothing. */
  readonly failed: (error: unknown) => void;
}

type Guarded = Pick<Upstream, "name" | "url" | "circuit" | "retryBudget">;

/** Guards the way out to one upstream. */
export class LineGuard {
  readonly #parts: GuardParts;
  /** Those in line: let go when the circuit opens. */
  readonly #waiting = new Set<AbortController>();
  #upstream: Guarded;
  #circuit: Circuit;
  #retries: RetryBudget;

  constructor(upstream: Guarded, parts: GuardParts) {
    this.#parts = parts;
    this.#upstream = upstream;
    this.#circuit = new Circuit(upstream.circuit);
    this.#retries = new RetryBudget(upstream.retryBudget);
  }

  /** The circuit at present, and how often it has opened. */
  get circuit(): { readonly state: CircuitState; readonly openings: number } {
    const { openings } = this.#circuit;
    return { state: this.#circuit.state(this.#parts.clock.monotonic()), openings };
  }

  /** Goes by other settings from now on. An API at another address begins with a closed circuit. */
  follow(upstream: Guarded): void {
    const before = this.#upstream;
    this.#upstream = upstream;
    const told = ({ url, circuit }: Guarded): string => JSON.stringify([url, circuit]);
    if (told(before) !== told(upstream)) this.#circuit = new Circuit(upstream.circuit);
    if (before.retryBudget !== upstream.retryBudget) {
      this.#retries = new RetryBudget(upstream.retryBudget);
    }
  }

  /**
   * Waits for a permit by `wait`, unless or until the circuit is open. One who probes stands in line like everybody.
   * @throws Problem (upstream-down), what `wait` throws, or the signal's reason.
   */
  async board(
    signal: AbortSignal,
    wait: (signal: AbortSignal) => Promise<Permit>,
  ): Promise<Permit> {
    const circuit = this.#circuit;
    signal.throwIfAborted();
    const admission = circuit.admit(this.#parts.clock.monotonic());
    if (admission.kind === "refused") throw upstreamDownProblem(this.#upstream, admission.forMs);
    const release = (): void => {
      if (admission.kind === "probe") circuit.release(admission.probe);
    };
    const leaving = new AbortController();
    const leave = (): void => leaving.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    if (admission.kind === "pass") this.#waiting.add(leaving);
    try {
      return releasing(await wait(leaving.signal), release);
    } catch (error) {
      release();
      throw error;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#waiting.delete(leaving);
    }
  }

  /** A forward begins, on a route or on none. */
  begin(on: { readonly name: string } | undefined): Attempt {
    const route = on?.name ?? "unlisted";
    const beganAt = this.#parts.clock.monotonic();
    const { statuses } = this.#upstream.circuit;
    return {
      answered: (status) => this.#note({ route, beganAt, failed: statuses.includes(status) }),
      failed: (error) => {
        const tells = error instanceof UpstreamFault && error.kind !== "not-departed";
        if (tells) this.#note({ route, beganAt, failed: true });
      },
    };
  }

  /** A request has been sent. */
  departed(): void {
    this.#retries.forwarded(this.#parts.clock.monotonic());
  }

  /** True where one more request may be sent again. */
  mayRetry(): boolean {
    const now = this.#parts.clock.monotonic();
    return this.#circuit.state(now) === "closed" && this.#retries.take(now);
  }

  #note(outcome: ForwardOutcome): void {
    const circuit = this.#circuit;
    const now = this.#parts.clock.monotonic();
    const before = circuit.state(now);
    if (circuit.note(outcome, now)) {
      this.#parts.onCircuit("open");
      const problem = upstreamDownProblem(this.#upstream, this.#upstream.circuit.openMs);
      for (const leaving of this.#waiting) leaving.abort(problem);
    } else if (before !== "closed" && circuit.state(now) === "closed") {
      this.#parts.onCircuit("closed");
    }
  }
}

/** A permit whose end, however it comes, says that a probe is over. */
function releasing(permit: Permit, release: () => void): Permit {
  return {
    ...permit,
    end(outcome) {
      permit.end(outcome);
      release();
    },
    giveBack() {
      permit.giveBack();
      release();
    },
  };
}
