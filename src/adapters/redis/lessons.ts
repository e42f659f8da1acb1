import { FollowedLessons } from "../followed-lessons.ts";
import { attempt } from "./attempt.ts";
import { Script } from "./script.ts";
import type { RedisCommands } from "./commands.ts";
import type { News } from "./news.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LessonStore } from "../../ports/lessons.ts";

/** A message that was lost is made good by the next look, in milliseconds. */
const LOOK_MS = 500;

/** What lessons are kept with; the connections stay the caller's to end. */
export interface RedisLessonsOptions {
  readonly redis: RedisCommands;
  /** Messages of other processes, on another connection. */
  readonly news: News;
  readonly prefix: string;
  readonly clock: Clock;
}

/** One upstream's lessons for all processes that reach the same Redis: `<prefix>:lessons:<upstream>`, a hash. */
export function createRedisLessons(upstream: string, options: RedisLessonsOptions): LessonStore {
  const { redis, news, prefix, clock } = options;
  const key = `${prefix}:lessons:${upstream}`;
  const channel = `${key}:changed`;
  // A lower limit must be told to a full Redis too.
  const file = new URL("./lessons/change.lua", import.meta.url);
  const change = new Script(redis, [file], { evenIfFull: true });
  const table = {
    async read() {
      const [version, text] = await attempt(redis.hmget(key, "version", "text"), "lessons");
      return { version: Number(version ?? 0), text: text ?? "" };
    },
    async write(
      { version, text }: { version: number; text: string },
      { least, most }: { least: number; most: number },
    ) {
      const values = [least, most, version, text, channel];
      return (await attempt(change.run([key], values), "lessons")) === 1;
    },
  };
  const lessons = new FollowedLessons({ table, clock, lookMs: LOOK_MS });
  news.listen(channel, () => void lessons.look());
  return lessons;
}
