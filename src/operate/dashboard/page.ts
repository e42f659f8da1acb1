import { html } from "hono/html";
import { chart, type Markup } from "./chart.ts";
import { consumersPanel } from "./consumers-panel.ts";
import { dialogs, type DialogTerms } from "./dialogs.ts";
import { eventsPanel, figures, healthPanel, routesPanel } from "./panels.ts";
import type { Role } from "../session.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the page is made from. */
export interface PageInputs extends DialogTerms {
  readonly snapshot: Snapshot;
  /** Names of all upstreams. */
  readonly upstreams: readonly string[];
  readonly role: Role;
  /** True: a token was given, so that one can sign out. */
  readonly signedIn: boolean;
}

/** The parts of the page that change, by the id of the element that holds each. */
export async function partsOf(snapshot: Snapshot): Promise<Readonly<Record<string, string>>> {
  const parts = {
    health: healthPanel(snapshot),
    figures: figures(snapshot),
    picture: chart(snapshot),
    consumers: consumersPanel(snapshot),
    routes: routesPanel(snapshot),
    events: eventsPanel(snapshot),
  };
  const texts = Object.entries(parts).map(async ([id, part]) => [id, String(await part)] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** The page as it is first sent; from then on its parts are replaced. */
export function page(inputs: PageInputs): Markup {
  const { snapshot, upstream, role } = inputs;
  return shell(
    `${upstream} · Sluice`,
    html`<header>
        <h1><span class="wordmark">Sluice</span> ${places(inputs)}</h1>
        <p id="live" role="status" data-state="wait">Connecting</p>
        <nav aria-label="Orders">${orders(role)} ${leave(inputs)}</nav>
      </header>
      <main data-upstream="${upstream}" data-role="${role}">
        <div id="health">${healthPanel(snapshot)}</div>
        <div id="figures">${figures(snapshot)}</div>
        <section aria-labelledby="quota-title">
          <h2 id="quota-title">Quota <small>last 15 minutes</small></h2>
          <div id="picture">${chart(snapshot)}</div>
        </section>
        <section aria-labelledby="consumers-title">
          <h2 id="consumers-title">Consumers <small>last 15 minutes</small></h2>
          <div id="consumers">${consumersPanel(snapshot)}</div>
        </section>
        <div class="columns">
          <section aria-labelledby="routes-title">
            <h2 id="routes-title">Routes <small>last 15 minutes</small></h2>
            <div id="routes">${routesPanel(snapshot)}</div>
          </section>
          <section aria-labelledby="events-title">
            <h2 id="events-title">Events <small>seen by this instance</small></h2>
            <div id="events">${eventsPanel(snapshot)}</div>
          </section>
        </div>
      </main>
      <footer>
        Window, line, consumers, routes and stored responses hold for all instances; health and
        events are this one's. <a href="/reference">Admin API</a> <a href="/audit">Audit</a>
      </footer>
      ${dialogs(inputs)}`,
    "/dashboard/live.js",
  );
}

/** What is shown where a token is asked for. `failed`: one was given, and it was wrong. */
export function loginPage(failed: boolean): Markup {
  const words = failed ? "This is not a token of this gateway." : "";
  return shell(
    "Sign in · Sluice",
    html`<main class="door">
      <h1 class="wordmark">Sluice</h1>
      <form method="post" action="/session">
        <label
          >Admin token <input name="token" type="password" required autocomplete="current-password"
        /></label>
        <output class="result">${words}</output>
        <button type="submit" class="primary">Sign in</button>
      </form>
      <p class="quiet">
        The token is <code>admin.token</code> of the configuration, or
        <code>admin.readToken</code> to look and change nothing.
      </p>
    </main>`,
  );
}

/** A whole document of this port: its own style and icon, and at most one script of its own. */
export function shell(title: string, inner: Markup, script = ""): Markup {
  const module = script === "" ? "" : html`<script type="module" src="${script}"></script>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/dashboard/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/dashboard/style.css" />
        ${module}
      </head>
      <body>
        ${inner}
      </body>
    </html>`;
}

function places({ upstreams, upstream }: PageInputs): Markup {
  if (upstreams.length === 1) return html`<span class="place">${upstream}</span>`;
  return html`${upstreams.map((name) =>
    name === upstream
      ? html`<a class="place" aria-current="page" href="/?upstream=${name}">${name}</a> `
      : html`<a class="place" href="/?upstream=${name}">${name}</a> `,
  )}`;
}

function orders(role: Role): Markup {
  const explain = html`<button type="button" data-opens="explain">Explain</button>`;
  if (role === "read") return explain;
  return html`${explain} <button type="button" data-opens="create">New consumer</button>
    <button type="button" data-opens="purge">Purge</button>
    <button type="button" data-opens="resume">Resume</button>
    <button type="button" data-opens="pause">Pause</button>`;
}

function leave({ signedIn }: PageInputs): Markup {
  if (!signedIn) return html``;
  return html`<form method="post" action="/session/end">
    <button type="submit">Sign out</button>
  </form>`;
}
