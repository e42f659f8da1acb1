import { Scheduler, type SchedulerParts } from "./scheduler.ts";
import type { PermitRequest } from "./askers.ts";
import type { ScopedPause } from "./known-pauses.ts";
import type { Permit } from "./permit.ts";
import type { Shadow } from "./shadow.ts";

/** A scheduler whose requests a shadow follows. Where there is none, the plain scheduler stands in its place. */
export class MirroredScheduler extends Scheduler {
  /** What the requests would meet under other terms. */
  readonly shadow: Shadow;

  constructor(parts: SchedulerParts, shadow: Shadow) {
    super(parts);
    this.shadow = shadow;
  }

  override acquire(request: PermitRequest): Promise<Permit> {
    return this.shadow.follow(request, super.acquire(request));
  }

  override async throttled(permit: Permit, pause: ScopedPause = {}): Promise<void> {
    this.shadow.pause(permit, pause);
    await super.throttled(permit, pause);
  }

  override async close(signal: AbortSignal): Promise<void> {
    await super.close(signal);
    await this.shadow.close();
  }
}
