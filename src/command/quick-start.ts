import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/*
 * What makes a start quick. It must run before the program's modules are loaded, so this file imports none of them.
 */

/** Beside the code: whoever may write here may change the code as well, so what is found here is as good as that. */
const FOLDER = fileURLToPath(new URL("../../node_modules/.cache/sluice", import.meta.url));

/**
 * Members of `node:http` that load a second undici, with its fetch, 40 ms and 15 MB, as soon as anybody reads them. An
 * `import` of the module reads every member.
 */
const HEAVY = ["WebSocket", "CloseEvent", "MessageEvent"] as const;

/**
 * From now on modules come from what an earlier start has compiled, where there is any. What is compiled now is kept
 * under `node_modules/.cache`, or where NODE_COMPILE_CACHE says; where neither may be written, nowhere.
 */
export function keepCompiled(): void {
  enableCompileCache(FOLDER);
}

/** Loads `node:http` for all who import it later, without the members that nobody here reads; `require` still has them. */
export async function loadHttpLightly(): Promise<void> {
  const http: object = process.getBuiltinModule("node:http");
  const members = HEAVY.map((name) => [name, Object.getOwnPropertyDescriptor(http, name)] as const);
  for (const [name] of members)
    Object.defineProperty(http, name, { value: undefined, configurable: true });
  await import("node:http");
  for (const [name, member] of members) if (member) Object.defineProperty(http, name, member);
}
