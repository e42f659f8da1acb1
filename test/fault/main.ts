import { argv } from "node:process";
import { parseArgs } from "node:util";
import { audit, type Verdict } from "./auditor.ts";
import { runCampaign } from "./campaign.ts";
import { isClean, rowsOf, writeTable, type Section } from "./table.ts";
import type { StoreWorld } from "./stores.ts";

/*
 * The fault bench: `npm run test:fault`. One campaign a store, faults alone and then in pairs, as many as fit into
 * SLUICE_FAULT_MINUTES (5). `--seed N` replays one, `--only PART` has faults whose names hold the part, `--store KIND`
 * one store, `--write FILE` puts the table between its marks in that file, `--part NAME` between the marks of that
 * part. Ends with 1 where a promise was broken.
 */

const KINDS: readonly StoreWorld["kind"][] = ["redis", "embedded", "sentinel", "cluster"];

/** More than fit into any campaign. */
const MANY_PAIRS = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      only: { type: "string", multiple: true },
      store: { type: "string", multiple: true },
      pairs: { type: "string", default: String(MANY_PAIRS) },
      write: { type: "string" },
      part: { type: "string" },
    },
  });
  const minutes = Number(process.env["SLUICE_FAULT_MINUTES"] ?? "5");
  const kinds = KINDS.filter((kind) => values.store?.includes(kind) ?? true);
  const sections: Section[] = [];
  let crashes = 0;
  for (const kind of kinds) {
    const options = {
      kind,
      instances: kind === "embedded" ? 2 : 3,
      seed: Number(values.seed),
      pairs: Number(values.pairs),
      forMs: (minutes * 60_000) / kinds.length,
      onRound: (faults: readonly string[]) => say(`${kind}: ${faults.join(" + ") || "no fault"}`),
    };
    const campaign = await runCampaign({
      ...options,
      ...(values.only ? { only: values.only } : {}),
    });
    const verdicts = audit(campaign);
    sections.push({ kind, instances: options.instances, verdicts });
    tell(verdicts);
    for (const crash of campaign.crashes) say(crash);
    crashes += campaign.crashes.length;
  }
  const command = `SLUICE_FAULT_MINUTES=${minutes} npm run test:fault -- ${argv.slice(2).join(" ")}`;
  const part = values.part === undefined ? "" : ` ${values.part}`;
  if (values.write !== undefined) await writeTable(values.write, part, { command, sections });
  const clean = sections.every(({ verdicts }) => verdicts.every(isClean));
  process.exitCode = clean && crashes === 0 ? 0 : 1;
}

function tell(verdicts: readonly Verdict[]): void {
  for (const row of rowsOf(verdicts)) say(row.join(" | "));
  for (const { faults, findings, problems } of verdicts) {
    const counts = Object.entries(problems).map(([type, count]) => `${count} ${type}`);
    if (counts.length > 0) say(`  ${faults.join(" + ")}: ${counts.join(", ")}`);
    for (const finding of findings.slice(0, 10)) say(`  ${faults.join(" + ")}: ${finding}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
