#!/usr/bin/env -S node --max-semi-space-size=4
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/*
 * Where `npm start`, the image and the `sluice` command begin. This is JavaScript, since the first file of TypeScript makes
 * node load what takes the types away, for 60 ms and 17 MB, unless it finds the outcome of an earlier start. Where
 * that is kept says command/quick-start.ts.
 */
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/sluice", import.meta.url)));
const { main } = await import("./main.ts");
await main();
