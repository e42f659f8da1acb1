import type { RedisCommands } from "./commands.ts";

/**
 * The `run_id` of the server at the other end of a connection, which it takes anew at each start. In a Cluster it is empty:
 * only a script can tell on which server it runs.
 */
export class ServerRun {
  readonly #redis: RedisCommands;
  #run: Promise<string> | undefined;
  readonly #forget = (): void => {
    this.#run = undefined;
  };

  constructor(redis: RedisCommands) {
    this.#redis = redis;
    redis.on("close", this.#forget);
  }

  /** Asked once a connection: one connection has one server at its other end. @throws Error of ioredis. */
  id(): Promise<string> {
    if (this.#redis.isCluster) return Promise.resolve("");
    this.#run ??= this.#redis.info("server").then(runOf, (error: unknown) => {
      this.#forget();
      throw error;
    });
    return this.#run;
  }

  close(): void {
    this.#redis.off("close", this.#forget);
  }
}

function runOf(info: string): string {
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? "";
}
