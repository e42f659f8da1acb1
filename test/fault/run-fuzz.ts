import { fuzz } from "./fuzz.ts";

/*
 * `npm run test:fuzz`: a million inputs, or FUZZ_INPUTS of them; FUZZ_SEED plays a run again.
 */

const inputs = Number(process.env["FUZZ_INPUTS"] ?? 1_000_000);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000_000);
process.stdout.write(`${inputs} inputs, FUZZ_SEED=${seed}\n`);
const figures = await fuzz({ inputs, seed });
process.stdout.write(`${JSON.stringify(figures, undefined, 1)}\n`);
process.exit(figures.faults.length > 0 ? 1 : 0);
