import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The path of a program that a test needs. Where the machine lacks it and packages may be installed
 * (root on Debian), it is; else the test fails and says so.
 */
export async function program(name: string, aptPackage: string): Promise<string> {
  const found = onPath(name);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && onPath("apt-get") !== undefined) {
    process.stdout.write(`${name} is not installed; installing ${aptPackage} by apt-get.\n`);
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-qq"], { env: environment });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", aptPackage], {
      env: environment,
    });
  }
  const installed = onPath(name);
  if (installed === undefined) throw new Error(`This test needs ${name}: install ${aptPackage}.`);
  return installed;
}

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
