import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Absolute path of a file or folder of the repository, from its path below the root. */
export function repositoryPath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** The text of a file of the repository. */
export function repositoryFile(path: string): string {
  return readFileSync(repositoryPath(path), "utf8");
}
