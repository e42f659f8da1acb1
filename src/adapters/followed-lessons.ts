import { Followed } from "./followed.ts";
import type { Clock } from "../ports/clock.ts";
import type { KeptLessons, LessonStore } from "../ports/lessons.ts";

/** A store for one upstream's lessons, in the verbs in which stores differ. @throws StoreFault, each of them. */
export interface LessonTable {
  read(): Promise<KeptLessons>;
  /** True where the version was from `least` to `most` and the lessons are these now. */
  write(lessons: KeptLessons, versions: { least: number; most: number }): Promise<boolean>;
}

/** What a follower is built with. */
export interface FollowedLessonsOptions {
  readonly table: LessonTable;
  readonly clock: Clock;
  /** How often the store is looked at, in milliseconds. */
  readonly lookMs: number;
}

/**
 * One process's view of the lessons, kept up by looking again and again. A store that has forgotten is told what this
 * process knows: the version only rises, so the higher one is the later one.
 */
export class FollowedLessons implements LessonStore {
  readonly #options: FollowedLessonsOptions;
  readonly #followed: Followed<KeptLessons>;
  #known: KeptLessons = { version: 0, text: "" };

  constructor(options: FollowedLessonsOptions) {
    this.#options = options;
    this.#followed = new Followed({ ...options, look: () => this.look() });
  }

  get known(): KeptLessons {
    return this.#known;
  }

  async read(): Promise<KeptLessons> {
    const { table } = this.#options;
    const kept = await table.read();
    const { version } = this.#known;
    if (kept.version < version) await table.write(this.#known, { least: 0, most: version - 1 });
    else this.#take(kept);
    return this.#known;
  }

  async change(text: string, version: number): Promise<boolean> {
    const next = { version: version + 1, text };
    const done = await this.#options.table.write(next, { least: version, most: version });
    if (done) this.#take(next);
    else await this.read();
    return done;
  }

  /** Looks now, since something has been heard of. Never rejects: what fails is made good by the next look. */
  async look(): Promise<void> {
    await this.read().catch(() => {});
  }

  onChanged(listener: (lessons: KeptLessons) => void): Disposable {
    return this.#followed.onChanged(listener);
  }

  close(): Promise<void> {
    return this.#followed.close();
  }

  #take(kept: KeptLessons): void {
    // Two readings may overtake each other.
    if (kept.version <= this.#known.version) return;
    this.#known = kept;
    this.#followed.tell(kept);
  }
}
