import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

/** Where Debian and its kin, and most others, put it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** No sandbox, since tests may run as root; nothing that talks to the outside. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts a Chromium: from the PATH, else installed by apt where the machine is one's own to change. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: found() ?? installed(), args: ARGUMENTS });
}

/** A page, and everything that it complained of. */
export interface Watched {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** Opens a page whose errors and warnings are kept. */
export async function openPage(browser: Browser, options: BrowserContextOptions): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return { page, complaints };
}

function found(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => isExecutable(file));
}

function installed(): string {
  const own = (process.env["CI"] ?? "") !== "" || process.getuid?.() === 0;
  if (!own) {
    throw new Error(
      "These tests need Chromium on the PATH. On Debian or its kin, as root or with CI=1, apt-get installs it.",
    );
  }
  process.stdout.write("Chromium is not there: apt-get installs it.\n");
  const options = {
    stdio: "ignore",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  } as const;
  execFileSync("apt-get", ["update"], options);
  execFileSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], options);
  const file = found();
  if (file === undefined) throw new Error("apt-get has installed Chromium, and it is not there.");
  return file;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
