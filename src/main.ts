#!/usr/bin/env node
import { run } from "./command/run.ts";

/** The process: one command, `serve` where none is named. */
if (import.meta.main) {
  const { argv, env, stdout, stderr } = process;
  // What a start that failed has left open must not hold the process.
  process.exit(await run(argv.slice(2), { environment: env, out: stdout, err: stderr }));
}
