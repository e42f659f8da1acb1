import { describe, expect, it } from "vitest";
import { render } from "../../src/reference/page.ts";
import { settings, settingsPage, textOf } from "../../src/reference/settings.ts";

function rowOf(path: string): string {
  const row = render(settingsPage())
    .split("\n")
    .find((line) => line.startsWith(`| \`${path}\` |`));
  if (row === undefined) throw new Error(`${path} has no row.`);
  return row;
}

describe("settingsPage()", () => {
  it("says something of every setting", () => {
    const silent = settings().filter((setting) => textOf(setting) === undefined);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ["listen.port", "whole number, 0 to 65535", "`8080`"],
    ["drain", "duration, 0 to 10m", "`10s`"],
    ["store.maxBytes", "size, 1MB to 100GB", "`256MiB`"],
    ["store.onLoss", "`share`, `closed`", "`share`"],
    ["store.redis", "text", "empty"],
    ["upstreams.NAME.url", "URL", "must be given"],
    ["upstreams.NAME.quotas[].limit", "whole number, 1 to 100000", "must be given"],
    ["upstreams.NAME.maxStored", "size, 1kB to 100MB", "`1MB`"],
    ["upstreams.NAME.keyRefusedStatuses", "list, each whole number, 400 to 499", "`[401]`"],
    ["upstreams.NAME.routes[].safe", "true or false", "`true` with a cache"],
    ["upstreams.NAME.routes[].cache.softTimeout", "duration, 0 to 10m", "`2s`"],
    ["consumers.NAME.allow", "list, each route", "empty list"],
  ])("writes %s as %s, by default %s", (path, form, fallback) => {
    expect(rowOf(path)).toContain(`| ${form} | ${fallback} |`);
  });
});
