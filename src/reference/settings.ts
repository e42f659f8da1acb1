import { z } from "zod";
import { INHERITED_DEFAULTS } from "../config/resolve-upstream.ts";
import { configSchema } from "../config/schema.ts";
import { settingTexts } from "../config/setting-texts.ts";
import { code, type Page, type Table } from "./page.ts";
import { walkSettings, type Form, type Setting } from "./walk-settings.ts";

const UNITS_MS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;
const UNITS_BYTES = [
  ["GB", 1e9],
  ["MiB", 1_048_576],
  ["MB", 1_000_000],
  ["KiB", 1024],
  ["kB", 1000],
  ["B", 1],
] as const;

/** Defaults that follow from other settings. */
const FOLLOWS: Readonly<Record<string, string>> = {
  "upstreams.NAME.staleWhileRevalidate": "as the API says",
  "upstreams.NAME.staleIfError": "as the API says",
  "upstreams.NAME.routes[].safe": "`true` with a cache",
};

/** Every setting of the schema; a name of one's own is none. */
export function settings(): Setting[] {
  const all = walkSettings(configSchema, (schema) => z.globalRegistry.get(schema)?.description);
  return all.filter(({ path, form }) => !(path.endsWith(".NAME") && form.kind === "mapping"));
}

/** What is said of a setting; `undefined` where nobody has said anything. */
export function textOf({ path, description }: Setting): string | undefined {
  return settingTexts[path] ?? description;
}

/** The reference of every setting, one table for each part of the file. */
export function settingsPage(): Page {
  const parts = new Map<string, Setting[]>();
  for (const setting of settings()) {
    const part = partOf(setting.path);
    parts.set(part, [...(parts.get(part) ?? []), setting]);
  }
  return {
    file: "settings.md",
    title: "Settings",
    intro:
      "Every setting of the configuration file. [config/sluice.yaml](../../config/sluice.yaml) shows them in place, and editors read [config/sluice.schema.json](../../config/sluice.schema.json). `NAME` stands for a name of your own, `[]` for an entry of a list. Durations are written with a unit (`250ms`, `30s`, `5m`, `2h`, `1d`), sizes as well (`512B`, `64kB`, `1MiB`). A value outside its bounds is refused at the start, all problems at once.",
    tables: [...parts].map(([part, members]) => tableOf(part, members)),
  };
}

/** The first name of a path; what belongs to routes has a table of its own. */
function partOf(path: string): string {
  if (path.startsWith("upstreams.NAME.routes[].")) return "upstreams.NAME.routes[]";
  return path.split(".", 1)[0] ?? path;
}

function tableOf(part: string, members: readonly Setting[]): Table {
  return {
    title: part,
    columns: ["Setting", "Written as", "Default", "What it is for"],
    rows: members.map((setting) => [
      code(setting.path),
      written(setting.form),
      fallbackOf(setting),
      textOf(setting) ?? "",
    ]),
  };
}

/** The least and most of a setting's value, and its default, as they are written; `undefined`: it has no bounds. */
export function boundOf(
  setting: Setting,
): { readonly range: string; readonly fallback: string } | undefined {
  const form = innermost(setting.form);
  if (!("from" in form) || form.from === undefined) return undefined;
  return { range: `${form.from} to ${form.to}`, fallback: fallbackOf(setting) };
}

function innermost(form: Form): Form {
  if (form.kind === "list") return innermost(form.of);
  if (form.kind !== "either") return form;
  return form.forms.find((one) => "from" in one) ?? form;
}

function written(form: Form): string {
  if (form.kind === "one of") return form.values.map(code).join(", ");
  if (form.kind === "either") return form.forms.map(written).join(" or ");
  if (form.kind === "list") return `list, each ${written(form.of)}`;
  return "from" in form && form.from !== undefined
    ? `${form.kind}, ${form.from} to ${form.to}`
    : form.kind;
}

function fallbackOf({ path, form, fallback, required }: Setting): string {
  const follows = FOLLOWS[path];
  if (follows !== undefined) return follows;
  const value = fallback ?? inherited(path);
  if (value === undefined) return required ? "must be given" : "";
  return shown(value, form);
}

function shown(value: unknown, form: Form): string {
  if (Array.isArray(value)) return value.length === 0 ? "empty list" : code(JSON.stringify(value));
  if (typeof value === "string") return value === "" ? "empty" : code(value);
  if (typeof value === "boolean") return code(String(value));
  if (typeof value !== "number") return "";
  if (form.kind === "duration") return code(inUnit(value, UNITS_MS));
  return code(form.kind === "size" ? inUnit(value, UNITS_BYTES) : String(value));
}

/** What an upstream has where neither file nor preset says anything. */
function inherited(path: string): unknown {
  const [, name] = /^upstreams\.NAME\.(\w+)$/.exec(path) ?? [];
  return Object.entries(INHERITED_DEFAULTS).find(([known]) => known === name)?.[1];
}

/** In the largest unit that leaves a whole number. */
function inUnit(amount: number, units: readonly (readonly [string, number])[]): string {
  const [unit, size] = units.find(([, factor]) => amount > 0 && amount % factor === 0) ?? ["", 1];
  return `${amount / size}${unit}`;
}
