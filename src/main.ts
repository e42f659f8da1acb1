#!/usr/bin/env node
import { keepCompiled, loadHttpLightly } from "./command/quick-start.ts";

/** The process: one command, `serve` where none is named. */
export async function main(): Promise<never> {
  keepCompiled();
  await loadHttpLightly();
  // Not before: what this file imports by itself is loaded ahead of its first line.
  const { run } = await import("./command/run.ts");
  const { argv, env, stdout, stderr } = process;
  // What a start that failed has left open must not hold the process.
  process.exit(await run(argv.slice(2), { environment: env, out: stdout, err: stderr }));
}

if (import.meta.main) await main();
