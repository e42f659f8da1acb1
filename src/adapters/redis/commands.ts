import type { Redis } from "ioredis";

/*
 * What the adapters use of Redis. A connection to one server provides it, and so does a Cluster, whose client sends each
 * command to the node that has the slot of its keys. So every command and script here names keys of one slot only.
 */

/** Commands of ioredis, as the adapters need them. */
export type RedisCommands = Pick<
  Redis,
  | "eval"
  | "evalsha"
  | "get"
  | "hdel"
  | "hget"
  | "hgetall"
  | "hgetallBuffer"
  | "hmget"
  | "info"
  | "pipeline"
  | "pttl"
  | "publish"
  | "unlink"
  | "zadd"
  | "zcard"
> & {
  /** True where keys are spread over several servers. */
  readonly isCluster: boolean;
  on(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
};
