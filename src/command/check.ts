import { stringify } from "yaml";
import { effective } from "../config/effective.ts";
import { loadSettings } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { EXIT } from "../operate/exit.ts";
import { SecretsMask } from "../start/mask.ts";
import { fileOf, printJson, SHARED_OPTIONS, type Command } from "./command.ts";

/** Looks at a configuration without running it. */
export const check: Command = {
  name: "check",
  usage: "check",
  about: "Tells every problem of the configuration, or what takes effect, without its secrets",
  options: {
    quiet: { type: "boolean", about: "problems only" },
    config: SHARED_OPTIONS.config,
    json: SHARED_OPTIONS.json,
  },
  examples: [
    ["sluice check", "what takes effect: presets, defaults and variables filled in"],
    [
      "sluice check --config sluice.yaml --quiet && sluice reload",
      "only a sound file is taken over",
    ],
    ["sluice check --json", "the same for programs; of a faulty file its problems"],
  ],
  run(given, around) {
    const file = fileOf(given);
    const asJson = given.options["json"] === true;
    try {
      const settings = loadSettings({ file, environment: around.environment });
      if (given.options["quiet"] !== true) {
        const told = effective(settings);
        // Whatever else repeats a secret, an address for instance.
        const mask = new SecretsMask(settings);
        const text = asJson ? JSON.stringify(told, undefined, 2) : stringify(told).trimEnd();
        around.out.write(`${mask.text(text)}\n`);
      }
      return Promise.resolve(EXIT.ok);
    } catch (error) {
      if (!(error instanceof ConfigError) || !asJson) throw error;
      printJson(around, { file, problems: error.problems });
      return Promise.resolve(EXIT.config);
    }
  },
};
