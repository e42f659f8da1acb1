import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const MODULE = new URL("../../src/command/quick-start.ts", import.meta.url).href;

/** What a fresh process prints. */
async function told(script: string): Promise<string> {
  const args = ["--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, NODE_COMPILE_CACHE: "" },
  });
  return stdout.trim();
}

const SECOND_UNDICI = `console.log(process.moduleLoadList.includes("NativeModule internal/deps/undici/undici"))`;

describe("loadHttpLightly()", () => {
  it("spares those who import node:http afterwards node's own undici", async () => {
    const light = `await (await import("${MODULE}")).loadHttpLightly(); await import("node:http"); ${SECOND_UNDICI}`;
    expect(await told(light)).toBe("false");
    expect(await told(`await import("node:http"); ${SECOND_UNDICI}`)).toBe("true");
  });

  it("leaves the members to whoever requires the module, and fetch to all", async () => {
    const script = `await (await import("${MODULE}")).loadHttpLightly();
      console.log(typeof process.getBuiltinModule("node:http").WebSocket, typeof fetch)`;
    expect(await told(script)).toBe("function function");
  });
});

describe("keepCompiled()", () => {
  it("keeps what is compiled beside the code", async () => {
    const script = `(await import("${MODULE}")).keepCompiled();
      console.log(process.getBuiltinModule("node:module").getCompileCacheDir())`;
    expect(await told(script)).toContain("node_modules/.cache/sluice");
  });
});
