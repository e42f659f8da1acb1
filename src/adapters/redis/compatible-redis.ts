import { Redis, type RedisOptions } from "ioredis";
import { SteadyRedis } from "./steady-redis.ts";

/** How each script of Bottleneck learns the time, and how it does here. */
const CALLERS_CLOCK = "local now = tonumber(ARGV[1])";
const REDIS_CLOCK =
  "local time = redis.call('TIME') " +
  "local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)";

/** An ioredis connection whose script errors read as they did before Redis 7, and whose scripts go by Redis' clock. */
export class CompatibleRedis extends Redis {
  /** Bottleneck's subscriber. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    return new SteadyRedis({ ...this.options, ...override });
  }

  override defineCommand(...[name, definition]: Parameters<Redis["defineCommand"]>): void {
    if (!definition.lua.includes(CALLERS_CLOCK))
      throw new Error(`The script ${name} does not take its time where Bottleneck 2.19.5 does`);
    const lua = definition.lua.replace(CALLERS_CLOCK, REDIS_CLOCK);
    super.defineCommand(name, { ...definition, lua });
  }

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    if (/^eval/i.test(command.name)) {
      const reject = command.reject;
      command.reject = (error) => reject(withoutPrefix(error));
    }
    return super.sendCommand(command, stream);
  }
}

function withoutPrefix(error: Error): Error {
  error.message = error.message.replace(
    /^ERR (?=UNKNOWN_CLIENT|SETTINGS_KEY_NOT_FOUND|OVERWEIGHT)/,
    "",
  );
  return error;
}
