import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";

/*
 * A Redis of a test's own: on loopback, empty, kept nowhere. It cannot outlive the process that started
 * it: a watchdog reads a pipe from that process and kills the server when the pipe ends, however that came.
 */

/** How long a server may take until it accepts connections, in milliseconds. */
const START_MS = 10_000;

/** A port that turns out to be taken is replaced this often. */
const ATTEMPTS = 5;

/** Below the ports that systems give to outgoing connections, so that a restart finds its port free. */
const PORTS = { first: 20_000, count: 10_000 };

/** A running `redis-server`. */
export interface RedisInstance {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Of the server that runs now; another one after `restart()`. */
  readonly pid: number;
  /** Kills the server; resolves once it is gone. May be called twice. */
  stop(): Promise<void>;
  /** Kills the server, if it runs, and starts an empty one on the same port. */
  restart(): Promise<void>;
  /** Stops the server in its tracks (SIGSTOP): connections stay open, nothing answers. */
  freeze(): void;
  /** Lets a frozen server go on (SIGCONT). */
  thaw(): void;
}

/** What may be asked of `startRedis()`. */
export interface RedisInstanceOptions {
  /** Absent: a free one. */
  readonly port?: number;
  /** Put after the standard arguments, so they prevail. */
  readonly args?: readonly string[];
}

/**
 * Starts the `redis-server` of the PATH and resolves when it accepts connections.
 * @throws Error where it does not start, with what it printed.
 */
export async function startRedis(options: RedisInstanceOptions = {}): Promise<RedisInstance> {
  const { args = [] } = options;
  if (options.port !== undefined)
    return instance(options.port, args, await run(options.port, args));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return instance(port, args, await run(port, args));
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

interface Running {
  readonly server: ChildProcess;
  readonly watchdog: ChildProcess;
  readonly pid: number;
}

function instance(port: number, args: readonly string[], first: Running): RedisInstance {
  let running = first;
  const stop = async (): Promise<void> => {
    if (running.server.exitCode === null && running.server.signalCode === null) {
      const gone = once(running.server, "exit");
      // Else a process with nothing else to do would end before it hears of it.
      running.server.ref();
      running.server.kill("SIGKILL");
      await gone;
    }
    running.watchdog.kill("SIGKILL");
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid;
    },
    stop,
    async restart() {
      await stop();
      running = await run(port, args);
    },
    freeze() {
      running.server.kill("SIGSTOP");
    },
    thaw() {
      running.server.kill("SIGCONT");
    },
  };
}

async function run(port: number, args: readonly string[]): Promise<Running> {
  const own = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  // A snapshot left in the folder by another server would be loaded, so the file's name is one that nobody uses.
  const place = ["--dir", tmpdir(), "--dbfilename", `none-${process.pid}-${port}.rdb`];
  const server = spawn("redis-server", [...own, ...place, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  await accepting(server);
  const { pid } = server;
  if (pid === undefined) throw new Error("redis-server has no process id");
  const watchdog = watch(pid);
  for (const stream of [server.stdout, server.stderr, watchdog.stdin]) letGo(stream);
  server.unref();
  watchdog.unref();
  return { server, watchdog, pid };
}

/** Resolves when the server says that it accepts connections; kills it where it does not in time. */
async function accepting(server: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let printed = "";
  const fail = (why: string): void => reject(new Error(`redis-server ${why}:\n${printed}`));
  const hear = (chunk: Buffer): void => {
    if (printed.length < 10_000) printed += chunk.toString();
    if (printed.includes("Ready to accept connections")) resolve();
  };
  server.stdout?.on("data", hear);
  server.stderr?.on("data", hear);
  server.once("error", (error) => fail(`could not be run (${error.message})`));
  server.once("exit", (code) => fail(`ended with ${code}`));
  const timer = setTimeout(() => fail(`was not ready within ${START_MS} ms`), START_MS);
  try {
    await promise;
  } catch (error) {
    server.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Signals to the whole group, as from a terminal, must not end the watchdog before its work is done. */
function watch(pid: number): ChildProcess {
  const script = `trap '' INT TERM HUP; read -r _; kill -KILL ${pid} 2>/dev/null`;
  const watchdog = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"] });
  watchdog.on("error", () => {});
  watchdog.stdin?.on("error", () => {});
  return watchdog;
}

/** Neither stream keeps this process alive. */
function letGo(stream: unknown): void {
  if (stream instanceof Socket) stream.unref();
}

/** A port of 127.0.0.1 that nobody has, and that no outgoing connection is given. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error("No free port was found on 127.0.0.1");
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return promise;
}
