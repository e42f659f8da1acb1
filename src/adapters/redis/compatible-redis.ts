import { Redis, type Command, type RedisOptions } from "ioredis";
import { RoamingRedis } from "./roaming-redis.ts";
import { SteadyCluster, type SteadyClusterOptions } from "./steady-cluster.ts";
import { SteadyRedis } from "./steady-redis.ts";
import { together } from "./together.ts";

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
    super.defineCommand(name, onRedisClock(name, definition));
  }

  override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
    return together(this.stream, () => super.sendCommand(rejectingAsBefore(command), stream));
  }
}

/** The same for a Cluster. */
export class CompatibleCluster extends SteadyCluster {
  constructor(options: SteadyClusterOptions) {
    super(options);
    // Bottleneck's subscriber. By its type it would be a Cluster, whose own subscriber may be lost unnoticed.
    const subscriber = (): Redis => new RoamingRedis({ ...options, cluster: this });
    Object.defineProperty(this, "duplicate", { value: subscriber });
  }

  override defineCommand(...[name, definition]: Parameters<Redis["defineCommand"]>): void {
    super.defineCommand(name, onRedisClock(name, definition));
  }

  override sendCommand(...[command, ...rest]: Parameters<SteadyCluster["sendCommand"]>): unknown {
    return super.sendCommand(rejectingAsBefore(command), ...rest);
  }
}

type Definition = Parameters<Redis["defineCommand"]>[1];

/** @throws Error where Bottleneck's scripts are others than they were. */
function onRedisClock(name: string, definition: Definition): Definition {
  if (!definition.lua.includes(CALLERS_CLOCK))
    throw new Error(`The script ${name} does not take its time where Bottleneck 2.19.5 does`);
  return { ...definition, lua: definition.lua.replace(CALLERS_CLOCK, REDIS_CLOCK) };
}

function rejectingAsBefore(command: Command): Command {
  if (/^eval/i.test(command.name)) {
    const reject = command.reject;
    command.reject = (error) => reject(withoutPrefix(error));
  }
  return command;
}

function withoutPrefix(error: Error): Error {
  error.message = error.message.replace(
    /^ERR (?=UNKNOWN_CLIENT|SETTINGS_KEY_NOT_FOUND|OVERWEIGHT)/,
    "",
  );
  return error;
}
