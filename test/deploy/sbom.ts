import { execFileSync } from "node:child_process";
import { repositoryPath } from "./repository-file.ts";

/*
 * The bill of materials of what is shipped (CycloneDX), on standard output: npm run sbom. `npm sbom --omit dev` leaves
 * out what a development dependency needs as well, so npm lists everything, and what only development needs goes here.
 */

/** What is used of a bill of materials. */
interface Bill {
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly properties?: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** The bill without what is needed for development alone, and without edges to it. */
export function shippedOf<Whole extends Bill>(bill: Whole): Whole {
  const isDevelopment = ({ properties = [] }: Bill["components"][number]): boolean =>
    properties.some(({ name, value }) => name.endsWith(":development") && value === "true");
  const dropped = new Set(bill.components.filter(isDevelopment).map((one) => one["bom-ref"]));
  return {
    ...bill,
    components: bill.components.filter((one) => !dropped.has(one["bom-ref"])),
    dependencies: bill.dependencies
      .filter(({ ref }) => !dropped.has(ref))
      .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => !dropped.has(ref)) })),
  };
}

/** The bill of this repository, as npm's lock file has it. @throws where npm does not answer. */
export function sbom(): Bill {
  const list = ["--sbom-format", "cyclonedx", "--sbom-type", "application", "--package-lock-only"];
  const text = execFileSync("npm", ["sbom", ...list], {
    cwd: repositoryPath("."),
    encoding: "utf8",
    maxBuffer: 64_000_000,
  });
  return shippedOf(JSON.parse(text) as Bill);
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(sbom(), null, 2)}\n`);
