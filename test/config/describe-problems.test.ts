import { describe, expect, it } from "vitest";
import { describeProblems } from "../../src/config/describe-problems.ts";
import { ConfigError } from "../../src/config/problems.ts";

describe("describeProblems()", () => {
  it("gives each problem its path, what was found and the remedy, where there are any", () => {
    const error = new ConfigError("conf.yaml", [
      { path: "listen.port", found: '"x"', problem: "must be a number", remedy: "Write 8080." },
      { path: "open", problem: "is missing" },
    ]);
    expect(describeProblems(error).split("\n")).toEqual([
      "conf.yaml cannot be used: 2 problems. Nothing was started.",
      "",
      "  listen.port: must be a number",
      '      found:  "x"',
      "      remedy: Write 8080.",
      "",
      "  open: is missing",
      "",
    ]);
  });

  it("names the demo to whoever has named no API yet, and to nobody else", () => {
    const demo = "npm run demo";
    const problem = "needs the environment variable SLUICE_UPSTREAM_URL, which is not set";
    const missing = { path: "upstreams.clientexec.url", problem };
    expect(describeProblems(new ConfigError("conf.yaml", [missing]))).toContain(demo);
    expect(
      describeProblems(new ConfigError("conf.yaml", [{ ...missing, found: '"ftp://a"' }])),
    ).not.toContain(demo);
    const elsewhere = { path: "listen.port", problem: "is missing" };
    expect(describeProblems(new ConfigError("conf.yaml", [elsewhere]))).not.toContain(demo);
  });

  it("names the file where no setting is to blame, and counts one as one", () => {
    const error = new ConfigError("conf.yaml", [{ path: "", problem: "This is not YAML" }]);
    expect(describeProblems(error)).toMatch(
      /^conf\.yaml cannot be used: 1 problem\. [^]*\(the file\): This is not YAML/,
    );
  });
});
