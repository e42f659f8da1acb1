import { html, raw } from "hono/html";
import type { Markup } from "./chart.ts";
import type { EventLine, QuotaView, Snapshot } from "./snapshot.ts";
import { bytes, clockTime, count, counted, percent, ratio, span } from "./words.ts";

/** How instance, store and upstream do. */
export function healthPanel({ health }: Snapshot): Markup {
  return html`<ul class="health">
    ${health.map(
      ({ name, state, words }) =>
        html`<li class="${state}"><span class="dot"></span><b>${name}</b> ${words}</li>`,
    )}
  </ul>`;
}

/** The figures above everything else. */
export function figures(snapshot: Snapshot): Markup {
  const { quota, total, stored } = snapshot;
  const hit = ratio(total.fromStore, total.asked);
  return html`<dl class="figures">
    ${quota ? windowFigure(quota) : figure("Window", "–", "the ledger is out of reach")}
    ${quota ? lineFigure(quota) : figure("In line", "–", "not known")}
    ${figure("From store", hit, `of ${counted(total.asked, "request")} in 15 min`)}
    ${
      stored
        ? figure(
            "Stored",
            count(stored.responses),
            `${bytes(stored.bytes)} of ${bytes(stored.maxBytes)}`,
          )
        : figure("Stored", "–", "the store is out of reach")
    }
  </dl>`;
}

function windowFigure(quota: QuotaView): Markup {
  const { used, limit, configured, windowMs, blockedForMs, probing } = quota;
  const bar = Math.min(100, Math.round((used / Math.max(1, limit)) * 1000) / 10);
  const learned = limit === configured ? "" : `; ${count(configured)} configured`;
  const held = probing ? "a probe is out" : `in any ${span(windowMs)}${learned}`;
  const words = blockedForMs > 0 ? `paused for ${span(blockedForMs)}` : held;
  return html`<div class="${blockedForMs > 0 ? "held" : ""}">
    <dt>Window</dt>
    <dd>
      <strong>${count(used)}<small> / ${count(limit)}</small></strong>
      <svg class="meter" aria-hidden="true"><rect width="${bar}%" height="100%"></rect></svg>
      <span>${words}</span>
    </dd>
  </div>`;
}

function lineFigure({ waiting, maxWaiting, underWay, concurrency }: QuotaView): Markup {
  const words = `of ${count(maxWaiting)}; ${count(underWay)} of ${count(concurrency)} under way`;
  return figure("In line", count(waiting), words);
}

function figure(name: string, value: string, words: string): Markup {
  return html`<div>
    <dt>${name}</dt>
    <dd><strong>${value}</strong><span>${words}</span></dd>
  </div>`;
}

/** What eats the quota. */
export function routesPanel({ routes }: Snapshot): Markup {
  const { rows, others } = routes;
  if (rows.length === 0) {
    return html`<p class="empty">
      No request in the last 15 minutes. Routes appear here by themselves, with what each costs and
      how much of it is answered from store.
    </p>`;
  }
  const rest =
    others.count === 0
      ? raw("")
      : html`<tr class="others">
          <th scope="row">${counted(others.count, "other")}</th>
          <td>${count(others.tally.units)}</td>
          <td>${count(others.tally.asked)}</td>
          <td>${ratio(others.tally.fromStore, others.tally.asked)}</td>
        </tr>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Route</th>
        <th scope="col">Units</th>
        <th scope="col">Asked</th>
        <th scope="col">From store</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ name, spent, tally }) =>
          html`<tr>
            <th scope="row">
              <span class="route">${name}</span>
              <svg class="bar" aria-hidden="true">
                <rect width="${Math.round(spent * 100)}%" height="100%"></rect>
              </svg>
            </th>
            <td>${count(tally.units)}</td>
            <td>${count(tally.asked)}</td>
            <td>${ratio(tally.fromStore, tally.asked)}</td>
          </tr>`,
      )}
      ${rest}
    </tbody>
  </table>`;
}

/** What happened last, in words. */
export function eventsPanel({ events }: Snapshot): Markup {
  if (events.length === 0) {
    return html`<p class="empty">
      Nothing has happened. Pauses, trouble with stores and what operators do will be told here, the
      newest first.
    </p>`;
  }
  return html`<ol class="events" tabindex="0" aria-labelledby="events-title">
    ${events.map((event) => eventLine(event))}
  </ol>`;
}

function eventLine({ at, kind, words }: EventLine): Markup {
  const iso = new Date(at).toISOString();
  return html`<li class="${kind}"><time datetime="${iso}">${clockTime(at)}</time> ${words}</li>`;
}

/** A share of the quota beside what was spent of it: a bar with a notch. */
export function shareBar(spent: number, share: number): Markup {
  const [part, notch] = [spent, share].map((one) => Math.round(Math.min(1, one) * 1000) / 10);
  return html`<svg class="bar share" aria-hidden="true">
      <rect width="${part}%" height="100%"></rect>
      <line x1="${notch}%" x2="${notch}%" y1="0" y2="100%"></line></svg
    ><span class="of">${percent(spent)} <small>of ${percent(share)}</small></span>`;
}
