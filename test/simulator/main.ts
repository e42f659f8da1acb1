import { parseArgs } from "node:util";
import { startSimulator } from "./simulator.ts";

/*
 * The simulator as a program: `node test/simulator/main.ts --limit 200 --window 60000 --key KEY`. Prints one
 * line of JSON with its addresses once it listens.
 */

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "0" },
      "control-port": { type: "string", default: "0" },
      limit: { type: "string", default: "200" },
      window: { type: "string", default: "60000" },
      key: { type: "string", default: "sim-key" },
      latency: { type: "string", default: "0" },
    },
  });
  const simulator = await startSimulator({
    host: values.host,
    port: Number(values.port),
    controlPort: Number(values["control-port"]),
    limit: Number(values.limit),
    windowMs: Number(values.window),
    key: values.key,
    latencyMs: Number(values.latency),
  });
  const { url, controlUrl } = simulator;
  process.stdout.write(`${JSON.stringify({ url, controlUrl })}\n`);
  const end = (): void => void simulator.close();
  process.once("SIGTERM", end).once("SIGINT", end);
}

await main();
