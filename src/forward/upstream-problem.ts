import { Problem } from "../http/problem.ts";
import { retryAfterSeconds } from "../http/retry-after.ts";
import { UpstreamFault } from "../ports/faults.ts";

/** Turns a failure of the upstream into what the consumer is told, and what only the operator reads. */
export function upstreamProblem(fault: UpstreamFault, upstream: string): Problem {
  const operatorNote = `Upstream ${upstream}: ${fault.message}`;
  switch (fault.kind) {
    case "not-departed":
    case "unreachable":
      return new Problem("upstream-unreachable", {
        detail:
          "No connection to the upstream could be made, so the request was not sent. Try again later.",
        operatorNote,
        cause: fault,
      });
    case "unproven":
      return new Problem("upstream-unreachable", {
        detail:
          "The upstream's name is not known, or who answers under it does not prove to be the upstream, so the request was not sent. Only the operator of the gateway or of the upstream can mend that.",
        operatorNote: `${operatorNote}. Check upstreams.${upstream}.url and ca, and the upstream's certificate.`,
        cause: fault,
      });
    case "connect-timeout":
      return new Problem("upstream-unreachable", {
        detail:
          "The upstream did not take the connection in time, so the request was not sent. Try again later.",
        operatorNote,
        cause: fault,
      });
    case "timeout":
      return new Problem("upstream-timeout", {
        detail:
          "The upstream was sent the request and did not answer in time. It may have processed it: look before you send it again.",
        operatorNote,
        cause: fault,
      });
    case "broken":
      return new Problem("upstream-broke-off", {
        detail:
          "The upstream was sent the request and broke off. It may have processed it: look before you send it again.",
        operatorNote,
        cause: fault,
      });
    default:
      return fault.kind satisfies never;
  }
}

/** While another tries whether the upstream is back, nobody knows how long that takes. */
const PROBING_MS = 1000;

/**
 * The circuit is open, so that nothing was sent. `forMs`: until one request may try again; `undefined`: one is trying.
 */
export function upstreamDownProblem({ name }: { readonly name: string }, forMs?: number): Problem {
  const when =
    forMs === undefined ? "One request is trying now" : "One request tries after the time given";
  return new Problem("upstream-down", {
    detail: `Most of what was sent to the upstream lately has failed, so this request was not sent. ${when}, and if it is answered all go on.`,
    operatorNote: `The circuit of upstream ${name} is open: see upstreams.${name}.circuit.`,
    retryAfterSeconds: retryAfterSeconds(forMs ?? PROBING_MS),
  });
}

/** The upstream refused the gateway's own key: an operator's affair, of which a client learns only that. */
export function keyRefusedProblem(upstream: string, status: number): Problem {
  return new Problem("upstream-refused-key", {
    detail:
      "The upstream refused the gateway's own credential. Only the operator of the gateway can mend that.",
    operatorNote: `Upstream ${upstream} answered ${status} to the configured key. Check upstreams.${upstream}.keys, and that the key is still valid there.`,
  });
}

/** An answer whose body ended before it was whole, or could not be decoded. */
export function brokenOffProblem(error: unknown, upstream: string): Problem {
  const fault =
    error instanceof UpstreamFault ? error : new UpstreamFault("broken", String(error), error);
  return upstreamProblem(fault, upstream);
}
