import { FollowedLessons, type LessonTable } from "../../src/adapters/followed-lessons.ts";
import { nodeClock } from "../../src/adapters/node-clock.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { KeptLessons, LessonStore } from "../../src/ports/lessons.ts";

/** What the processes of a test share. */
export class SharedLessons implements LessonTable {
  kept: KeptLessons = { version: 0, text: "" };
  /** Thrown by every verb while it is set. */
  fault: Error | undefined;
  /** Changes that were written. */
  writes = 0;

  async read(): Promise<KeptLessons> {
    if (this.fault) throw this.fault;
    return this.kept;
  }

  async write(
    lessons: KeptLessons,
    { least, most }: { least: number; most: number },
  ): Promise<boolean> {
    if (this.fault) throw this.fault;
    const { version } = this.kept;
    if (version < least || version > most) return false;
    this.kept = lessons;
    this.writes += 1;
    return true;
  }
}

/** One process's view of them. */
export function createMemoryLessons(
  table = new SharedLessons(),
  clock: Clock = nodeClock,
  lookMs = 50,
): LessonStore {
  return new FollowedLessons({ table, clock, lookMs });
}
