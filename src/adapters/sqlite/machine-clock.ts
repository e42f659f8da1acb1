import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/** A clock that all processes of this machine share and nobody can set. */
export interface MachineClock {
  /** Microseconds since some instant of this boot. */
  micros(): number;
  /** Changes with each boot, since the clock starts anew with it. */
  readonly boot: string;
}

/** The machine's monotonic clock, which `hrtime` reads, and an identity of its present boot. */
export const machineClock: MachineClock = {
  micros: () => Number(process.hrtime.bigint() / 1000n),
  boot: bootIdentity(),
};

/** Linux names its boots. Elsewhere the hour of the boot serves: it takes the wall clock, which may be set. */
function bootIdentity(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return `booted-in-hour-${Math.round((Date.now() / 1000 - uptime()) / 3600)}`;
  }
}
