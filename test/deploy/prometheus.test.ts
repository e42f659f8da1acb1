import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { request } from "undici";
import { parse } from "yaml";
import { Metrics } from "../../src/observe/metrics.ts";
import { startWorld } from "../support/gateway.ts";
import { findPromtool, promtool } from "../support/promtool.ts";
import { repositoryFile } from "./repository-file.ts";

/*
 * What an operator gets for Prometheus and Grafana, judged by Prometheus' own tool and held against the metrics
 * that there are.
 */

const FOLDER = fileURLToPath(new URL("../../config/prometheus/", import.meta.url));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}

const rules = (
  parse(repositoryFile("config/prometheus/alerts.yml")) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);

/** Every name of a series, with what histograms and summaries make of theirs. */
const series = new Set(
  new Metrics({ version: "", node: "" }, []).definitions.flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

function namedIn(expression: string): string[] {
  return expression.match(/\b(?:sluice|nodejs|process)_\w+/g) ?? [];
}

beforeAll(async () => {
  // Where it is not at hand it is fetched.
  await findPromtool();
}, 300_000);

describe("promtool", () => {
  it("accepts the metrics of an instance that has worked, without a word", async () => {
    await using world = await startWorld();
    for (const path of ["/ticket/1", "/ticket/1", "/invoice/1"]) {
      await (await request(`${world.base}${path}`)).body.dump();
    }
    const text = await (await request(`${world.gateway.adminUrl}/metrics`)).body.text();
    expect(text).toContain('outcome="hit"');
    expect(await promtool(["check", "metrics"], text)).toBe("");
  });

  it("finds fault with a metric that breaks the conventions, so that its silence means something", async () => {
    const wrong = "# HELP sluice_wait_ms Wait.\n# TYPE sluice_wait_ms counter\nsluice_wait_ms 1\n";
    await expect(promtool(["check", "metrics"], wrong)).rejects.toThrow("_total");
  });

  it("accepts the alerts", async () => {
    const told = await promtool(["check", "rules", `${FOLDER}alerts.yml`]);
    expect(told).toContain(`SUCCESS: ${rules.length} rules found`);
  });

  it("finds that each alert fires when it should, and not before", async () => {
    expect(await promtool(["test", "rules", `${FOLDER}alerts.test.yml`])).toContain("SUCCESS");
  });

  it("accepts the configuration that asks the instances", async () => {
    const args = ["check", "config", "--syntax-only", `${FOLDER}prometheus.yml`];
    expect(await promtool(args)).toContain("SUCCESS");
  });
});

describe("the alerts", () => {
  it.each(rules)("$alert speaks of metrics that there are", ({ expr }) => {
    expect(namedIn(expr).filter((name) => !series.has(name))).toEqual([]);
  });

  it("have a section each in the runbook, and the runbook has no other", () => {
    const sections = [...repositoryFile("docs/runbook.md").matchAll(/^## (\w+)$/gm)];
    expect(sections.map(([, name]) => name)).toEqual(rules.map(({ alert }) => alert));
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    }
  });

  it("have a test each", () => {
    const tests = repositoryFile("config/prometheus/alerts.test.yml");
    const fired = rules.filter(({ annotations }) =>
      tests.includes(`runbook: ${annotations.runbook}\n`),
    );
    expect(fired).toEqual(rules);
  });
});

describe("the dashboard", () => {
  interface Panel {
    readonly title: string;
    readonly type: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets?: readonly { readonly expr: string }[];
  }
  const { panels, templating } = JSON.parse(repositoryFile("config/grafana/sluice.json")) as {
    panels: Panel[];
    templating: { list: { name: string; definition?: string }[] };
  };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it("shows metrics that there are, and all that are the gateway's own but a few", () => {
    const shown = expressions.flatMap((expr) => namedIn(expr));
    expect(shown.filter((name) => !series.has(name))).toEqual([]);
    const lists = templating.list.flatMap(({ definition = "" }) => namedIn(definition));
    expect(lists.filter((name) => !series.has(name))).toEqual([]);
    expect(new Set(shown).size).toBeGreaterThan(15);
  });

  it("says what each panel is, and no row is wider than the page", () => {
    for (const { type, title, description = "", gridPos } of panels) {
      expect([title, type === "row" || description !== ""]).toEqual([title, true]);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
  });

  it("has expressions that Prometheus can read", async () => {
    const readable = expressions.map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr
        .replaceAll("$__rate_interval", "5m")
        .replaceAll("$__range", "3h")
        .replaceAll("$upstream", ".+"),
    }));
    const text = JSON.stringify({ groups: [{ name: "panels", rules: readable }] });
    const folder = mkdtempSync(join(tmpdir(), "sluice-panels-"));
    try {
      const file = join(folder, "panels.yml");
      writeFileSync(file, text);
      const told = await promtool(["check", "rules", file]);
      expect(told).toContain(`SUCCESS: ${readable.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
