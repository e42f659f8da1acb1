import { mkdirSync, writeFileSync } from "node:fs";
import { boundsPage } from "./bounds.ts";
import { eventsPage } from "./events.ts";
import { exitsPage } from "./exits.ts";
import { fieldsPage } from "./fields.ts";
import { render, type Page } from "./page.ts";
import { problemsPage } from "./problems.ts";
import { settingsPage } from "./settings.ts";

const FOLDER = new URL("../../docs/reference/", import.meta.url);

/** Every page of docs/reference/. A further one needs a line here and its own file beside. */
export function referencePages(): readonly Page[] {
  return [settingsPage(), fieldsPage(), problemsPage(), boundsPage(), eventsPage(), exitsPage()];
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const page of referencePages()) writeFileSync(new URL(page.file, FOLDER), render(page));
}
