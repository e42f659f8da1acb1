import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RedisCommands } from "./commands.ts";

/** What a script takes beside its keys. */
export type ScriptArgument = string | number | Buffer;

/**
 * One Lua script on one connection: by its digest, and whole where the server does not know it yet. `parts` are
 * files without `.lua`, put behind each other. With `evenIfFull` it may write when Redis has no memory left.
 */
export class Script {
  readonly #redis: RedisCommands;
  readonly #lua: string;
  readonly #sha: string;

  constructor(redis: RedisCommands, parts: readonly URL[], { evenIfFull = false } = {}) {
    const sources = parts.map((part) => readFileSync(part, "utf8"));
    this.#redis = redis;
    this.#lua = [evenIfFull ? "#!lua flags=allow-oom" : "", ...sources].join("\n");
    this.#sha = createHash("sha1").update(this.#lua).digest("hex");
  }

  /** @throws Error of ioredis. */
  async run(keys: readonly string[], values: readonly ScriptArgument[]): Promise<unknown> {
    try {
      return await this.#redis.evalsha(this.#sha, keys.length, ...keys, ...values);
    } catch (error) {
      if (!String(error).includes("NOSCRIPT")) throw error;
      return this.#redis.eval(this.#lua, keys.length, ...keys, ...values);
    }
  }
}

/** The items of a reply that is a list; none where it is something else. */
export function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}

/** The same as texts. */
export function textsOf(reply: unknown): string[] {
  return listOf(reply).map(String);
}
