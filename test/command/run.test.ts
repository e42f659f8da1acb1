import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS, run } from "../../src/command/run.ts";
import { EXIT } from "../../src/operate/exit.ts";
import { kept, sluice } from "../support/command-line.ts";

describe("run()", () => {
  it("ends with 64 where it does not understand, and says what there is", async () => {
    const unknown = await sluice(["exlpain"]);
    expect(unknown).toMatchObject({ code: 64, out: "" });
    expect(unknown.err).toContain("status, explain, purge");
    expect(await sluice(["purge", "--al"])).toMatchObject({ code: 64, out: "" });
    expect(await sluice(["purge"])).toMatchObject({ code: 64, out: "" });
    expect(await sluice(["stray.yaml", "--quiet"])).toMatchObject({ code: 64 });
  });

  it("says what it does not understand in a sentence, and where the command's options are", async () => {
    expect((await sluice(["status", "--bogus"])).err).toBe(
      "Unknown option '--bogus'. What there is: sluice status --help\n",
    );
    const json = await sluice(["status", "--bogus", "--json"]);
    expect(JSON.parse(json.err)).toMatchObject({ exit: 64 });
  });

  it("tells which version runs", async () => {
    const told = await sluice(["--version"]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/^sluice \d+\.\d+\.\d+, node v\d+/);
  });

  it("teaches each command by example", async () => {
    const overview = await sluice(["--help"]);
    expect(overview).toMatchObject({ code: 0, err: "" });
    for (const { name, examples } of COMMANDS) {
      expect(overview.out).toContain(`  ${name}`);
      const help = await sluice([name, "--help"]);
      expect(help).toEqual(await sluice(["help", name]));
      expect(help).toMatchObject({ code: 0, err: "" });
      expect(examples.length).toBeGreaterThan(1);
      for (const [line] of examples) expect(help.out).toContain(line);
    }
  });

  it("complains as JSON where JSON was asked for, on the other stream", async () => {
    const [out, err] = [kept(), kept()];
    const words = ["status", "--json", "--admin", "nowhere"];
    expect(await run(words, { environment: {}, out, err })).toBe(64);
    expect(out.text()).toBe("");
    expect(JSON.parse(err.text())).toMatchObject({ exit: 64, error: expect.any(String) });
  });
});

describe("docs/operations.md", () => {
  const text = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");

  it("tells of each command, of options that there are, and of each exit code", () => {
    for (const { name } of COMMANDS) expect(text).toContain(`| \`${name}\``);
    for (const code of Object.values(EXIT))
      expect(text).toMatch(new RegExp(`^\\| ${code} +\\|`, "m"));
    const lines = [...text.matchAll(/sluice ([a-z]+)((?: [^\n`"|)]*)?)/g)];
    expect(lines.length).toBeGreaterThan(5);
    for (const [, name, rest = ""] of lines) {
      const command = COMMANDS.find((one) => one.name === name);
      if (!command) throw new Error(`There is no command ${name}.`);
      const given = [...rest.matchAll(/--([\w-]+)/g)].map(([, option = ""]) => option);
      expect(Object.keys(command.options)).toEqual(expect.arrayContaining(given));
    }
  });
});
