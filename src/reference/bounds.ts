import { fixedBounds } from "./fixed-bounds.ts";
import { code, type Page } from "./page.ts";
import { atBounds, type ReachedBy } from "./set-bounds.ts";
import { boundOf, settings, textOf } from "./settings.ts";
import type { Setting } from "./walk-settings.ts";

/** The reference of every bound (promise P12). */
export function boundsPage(): Page {
  return {
    file: "bounds.md",
    title: "Bounds",
    intro:
      "What bounds an instance, and what happens there. The first and the last table name the test that reaches each bound. A value outside of least and most is refused at the start. Flights need no bound of their own: each has a client's connection, or is a refresh.",
    tables: [
      {
        title: "Settings that bound",
        columns: ["Setting", "Default", "Least and most", "At the bound", "Reached by"],
        rows: bounded().flatMap((setting) => {
          const found = atBounds[setting.path];
          return found ? [[...head(setting), found.at, reached(found)]] : [];
        }),
      },
      {
        title: "Settings with bounds of their own",
        intro: "They say how something is done; only their values are bounded.",
        columns: ["Setting", "Default", "Least and most", "What it is for"],
        rows: bounded()
          .filter(({ path }) => atBounds[path] === undefined)
          .map((setting) => [...head(setting), firstSentence(textOf(setting) ?? "")]),
      },
      {
        title: "Without a setting",
        columns: ["What", "Most", "At the bound", "Reached by"],
        rows: fixedBounds.map((one) => [one.what, one.most, one.at, reached(one)]),
      },
    ],
  };
}

function bounded(): Setting[] {
  return settings().filter((setting) => boundOf(setting) !== undefined);
}

function head(setting: Setting): string[] {
  const { range = "", fallback = "" } = boundOf(setting) ?? {};
  return [code(setting.path), fallback, range];
}

function reached({ file, test }: ReachedBy): string {
  return `${code(`test/${file}`)}: ${test}`;
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
