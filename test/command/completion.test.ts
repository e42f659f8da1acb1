import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { completion } from "../../src/command/completion.ts";
import { COMMANDS } from "../../src/command/run.ts";
import { sluice } from "../support/command-line.ts";

/** What bash completes where the cursor is at the end of the words. */
async function completed(...words: string[]): Promise<string[]> {
  const { out } = await sluice(["completion", "bash"]);
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const script = `${out}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _sluice; echo "\${COMPREPLY[*]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split(/\s+/);
}

describe("completion()", () => {
  it("has bash complete commands, verbs and options", async () => {
    expect(await completed("sluice", "con")).toEqual(["consumer"]);
    expect(await completed("sluice", "consumer", "ro")).toEqual(["rotate"]);
    expect(await completed("sluice", "purge", "--ever")).toEqual(["--everything"]);
    expect(await completed("sluice", "")).toEqual([...COMMANDS.map(({ name }) => name), "--help"]);
  });

  it("speaks zsh and fish too, and of no other shell", async () => {
    expect((await sluice(["completion", "zsh"])).out).toMatch(/^autoload -Uz bashcompinit/);
    const { out } = await sluice(["completion", "fish"]);
    expect(out).toContain('__fish_seen_subcommand_from consumer" -a rotate');
    expect(out).toContain(String.raw`-d 'Runs the gateway; what `);
    expect(await sluice(["completion", "tcsh"])).toMatchObject({ code: 64, out: "" });
  });

  it("escapes what ends a text of fish", async () => {
    const [out] = [{ written: "", write: (text: string) => void (out.written += text) }];
    const odd = { name: "odd", usage: "odd", about: "it's", options: {}, examples: [], run: never };
    const around = { environment: {}, out, err: out };
    await completion([odd]).run({ words: ["fish"], options: {} }, around);
    expect(out.written).toContain(String.raw`-d 'it\'s'`);
  });
});

function never(): Promise<number> {
  return Promise.reject(new Error("Nobody runs this."));
}
