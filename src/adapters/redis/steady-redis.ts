import { Redis, type RedisOptions } from "ioredis";
import { together } from "./together.ts";

/**
 * A connection that subscribes anew, whenever it is ready again, to all that it was asked to hear. ioredis would do that
 * by itself, but nobody holds the promise of that command: where the connection was cut once more before its reply,
 * as in a fail-over, the rejection ended the process.
 */
export class SteadyRedis extends Redis {
  readonly #channels = new Set<string>();

  constructor(options: Omit<RedisOptions, "replyMapping">) {
    super({ ...options, autoResubscribe: false });
    this.on("ready", () => {
      if (this.#channels.size > 0) this.subscribe(...this.#channels).catch(() => {});
    });
  }

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    if (command.name === "subscribe" || command.name === "unsubscribe") {
      for (const one of command.args.map(String)) {
        if (command.name === "subscribe") this.#channels.add(one);
        else this.#channels.delete(one);
      }
    }
    return together(this.stream, () => super.sendCommand(command, stream));
  }
}
