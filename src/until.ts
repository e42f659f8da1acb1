import { CALLED_OFF, type Clock } from "./ports/clock.ts";

/** A signal that aborts at a deadline (monotonic), unless it is disposed of before. */
export function until(
  deadline: number,
  clock: Clock,
): Disposable & { readonly signal: AbortSignal } {
  const [expired, done] = [new AbortController(), new AbortController()];
  const leftMs = Math.max(0, deadline - clock.monotonic());
  clock.sleep(leftMs, done.signal).then(
    () => expired.abort(),
    () => {},
  );
  return { signal: expired.signal, [Symbol.dispose]: () => done.abort(CALLED_OFF) };
}
