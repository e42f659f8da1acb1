import dns from "node:dns";

/*
 * Preloaded into an instance, to disturb it by a signal: SIGUSR2 lets its event loop stand still for a second,
 * SIGPWR puts its wall clock five seconds ahead, SIGWINCH five seconds behind, each once more as often as it comes.
 * From SIGIO to SIGURG no name resolves.
 */
const BLOCKED_MS = 1000;
const JUMP_MS = 5000;
const RealDate = Date;
let offsetMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...values: unknown[]) {
    if (values.length === 0) super(RealDate.now() + offsetMs);
    else super(...(values as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
} as DateConstructor;

process.on("SIGUSR2", () => {
  const until = performance.now() + BLOCKED_MS;
  while (performance.now() < until);
});
process.on("SIGPWR", () => {
  offsetMs += JUMP_MS;
});
process.on("SIGWINCH", () => {
  offsetMs -= JUMP_MS;
});

const { lookup } = dns;
const unknown = (hostname: string, ...rest: unknown[]): void => {
  const callback = rest.at(-1) as (error: Error) => void;
  const error = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  process.nextTick(callback, Object.assign(error, { code: "ENOTFOUND", hostname }));
};
process.on("SIGIO", () => void Object.assign(dns, { lookup: unknown }));
process.on("SIGURG", () => void Object.assign(dns, { lookup }));
