import { createRequire } from "node:module";
import type undici from "undici";

/*
 * undici 8.12.4 without what nobody here uses: its index loads fetch, WebSocket, caches and mocks too, at twice the time
 * and memory of these. The version is pinned, and a test holds these to be the classes that the index has.
 */

const require = createRequire(import.meta.url);

/** Keep-alive connections to any origin. */
export const Agent: typeof undici.Agent = require("undici/lib/dispatcher/agent.js");

/** The same by an HTTP proxy; loaded where one is configured. */
export function proxyAgentClass(): typeof undici.ProxyAgent {
  return require("undici/lib/dispatcher/proxy-agent.js");
}

/** What they reject with. */
export const errors: typeof undici.errors = require("undici/lib/core/errors.js");
