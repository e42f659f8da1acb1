import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
const UNPACKED = join(CACHE, "prometheus", "usr", "bin", "promtool");

/** The promtool that Prometheus' own files are judged with. @throws Error where there is none to be had. */
export async function findPromtool(): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, "promtool");
    if (await isProgram(file)) return file;
  }
  if (await isProgram(UNPACKED)) return UNPACKED;
  try {
    await unpack();
    return UNPACKED;
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error);
    throw new Error(
      `These tests need promtool and none was found. Put it on the PATH; on Debian and its kin it is fetched by apt-get (package prometheus), which failed: ${trouble}`,
      { cause: error },
    );
  }
}

/** Runs it; what it found wrong is thrown with its own words. Answers what it printed. */
export async function promtool(args: readonly string[], input?: string): Promise<string> {
  const file = await findPromtool();
  const running = run(file, [...args], { maxBuffer: 10_000_000 });
  running.child.stdin?.end(input ?? "");
  const { stdout, stderr } = await running;
  return `${stdout}${stderr}`;
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The package is unpacked into a folder of its own: nothing is installed, and no service starts. */
async function unpack(): Promise<void> {
  process.stderr.write("promtool for tests: none found, so the package prometheus is fetched.\n");
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, "prometheus-"));
  try {
    await download(folder).catch(async () => {
      const update = ["apt-get", "update"];
      const [command = "", ...rest] = process.getuid?.() === 0 ? update : ["sudo", "-n", ...update];
      await run(command, rest, { timeout: 240_000, maxBuffer: 50_000_000 });
      await download(folder);
    });
    const archive = (await readdir(folder)).find((name) => name.endsWith(".deb")) ?? "";
    const unpacked = join(folder, "unpacked");
    await run("dpkg-deb", ["-x", join(folder, archive), unpacked]);
    await rename(unpacked, join(CACHE, "prometheus"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(folder: string): Promise<void> {
  const options = { cwd: folder, timeout: 240_000, maxBuffer: 50_000_000 };
  await run("apt-get", ["download", "prometheus"], options);
}
