import { html, raw } from "hono/html";
import { MINUTES } from "./minutes.ts";
import type { QuotaView, Snapshot } from "./snapshot.ts";
import { SAMPLE_MS, TRAIL_MS, type Sample } from "./trail.ts";
import { clockTime, count, counted, span } from "./words.ts";

/*
 * The quota as a picture. Above: how full the rolling window was, against the limit that was kept, with pauses behind
 * it; where that was another than the configured one, both are drawn. Below,
 * minute by minute: what departed, and beside it what was answered from store. Shapes stretch with the page, so that
 * text stands beside them and not in them.
 */

/** A piece of the page. */
export type Markup = ReturnType<typeof html>;

const WIDE = 900;
const HIGH = 132;
const BARS_HIGH = 44;

/** The picture with its legend and its axis. */
export function chart(snapshot: Snapshot): Markup {
  const { quota, samples, minutes, at } = snapshot;
  if (samples.length === 0 && minutes.every(({ tally }) => tally.asked === 0)) {
    return html`<p class="empty">
      Nothing is known of the window yet. Once a service asks through Sluice, this shows how full
      the quota is, second by second.
    </p>`;
  }
  const limit = quota?.limit ?? samples.at(-1)?.limit ?? 0;
  const configured = configuredLine(snapshot);
  const heights = samples.flatMap((one) => [one.used, one.limit]);
  const most = Math.max(limit, configured ?? 0, ...heights, 1) * 1.12;
  return html`<div class="plot">
      <p class="limit-mark">${limitMark(limit, configured)}</p>
      <svg
        class="window"
        viewBox="0 0 ${WIDE} ${HIGH}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${summary(snapshot)}"
      >
        ${pauseShapes(snapshot)} ${windowShape(samples, { at, most })}
        ${configured === undefined ? "" : levelShape(yOf(configured, most))}
        ${limitShape(samples, { at, most })}
      </svg>
      ${bars(snapshot)}
    </div>
    <p class="axis" aria-hidden="true">${ticks(at)}</p>
    ${legend(snapshot)}`;
}

interface Scale {
  readonly at: number;
  readonly most: number;
}

function xOf(at: number, now: number): number {
  return round(WIDE * Math.max(0, 1 - (now - at) / TRAIL_MS));
}

function yOf(value: number, most: number): number {
  return round(HIGH * (1 - value / most));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Runs of samples; where some are missing the area breaks off. */
function runsOf(samples: readonly Sample[]): Sample[][] {
  const runs: Sample[][] = [];
  for (const sample of samples) {
    const last = runs.at(-1)?.at(-1);
    if (last && sample.at - last.at <= 3 * SAMPLE_MS) runs.at(-1)?.push(sample);
    else runs.push([sample]);
  }
  return runs;
}

function windowShape(samples: readonly Sample[], { at, most }: Scale): Markup[] {
  return runsOf(samples).map((run) => {
    const points = run.map((one) => `${xOf(one.at, at)},${yOf(one.used, most)}`).join(" ");
    const [first, last] = [run[0]?.at ?? at, run.at(-1)?.at ?? at];
    const area = `${xOf(first, at)},${HIGH} ${points} ${xOf(last, at)},${HIGH}`;
    return html`<polygon class="area" points="${area}"></polygon
      ><polyline class="line" points="${points}"></polyline>`;
  });
}

function limitShape(samples: readonly Sample[], { at, most }: Scale): Markup {
  let level = yOf(samples[0]?.limit ?? 0, most);
  const points = [`0,${level}`];
  for (const { at: instant, limit } of samples) {
    const [x, next] = [xOf(instant, at), yOf(limit, most)];
    if (next !== level) points.push(`${x},${level}`, `${x},${next}`);
    level = next;
  }
  points.push(`${WIDE},${level}`);
  return html`<polyline class="limit" points="${points.join(" ")}"></polyline>`;
}

/** The configured limit; `undefined`: another was kept at no time that is shown. */
function configuredLine({ quota, samples }: Snapshot): number | undefined {
  if (!quota) return undefined;
  const { configured, limit } = quota;
  return [limit, ...samples.map((one) => one.limit)].some((one) => one !== configured)
    ? configured
    : undefined;
}

function levelShape(y: number): Markup {
  return html`<line class="configured" x1="0" x2="${WIDE}" y1="${y}" y2="${y}"></line>`;
}

function limitMark(limit: number, configured: number | undefined): Markup {
  const kept = html`<span class="dash"></span>limit ${count(limit)}`;
  if (configured === undefined || configured === limit) return kept;
  return html`${kept}, learned <span class="dash dotted"></span>${count(configured)} configured`;
}

function pauseShapes({ pauses, at }: Snapshot): Markup[] {
  return pauses.map(({ from, to }) => {
    const [x, end] = [xOf(from, at), Math.min(WIDE, xOf(to, at))];
    const width = round(Math.max(2, end - x));
    return html`<rect class="pause" x="${x}" y="0" width="${width}" height="${HIGH}"></rect>`;
  });
}

function bars({ minutes }: Snapshot): Markup {
  const values = minutes.flatMap(({ tally }) => [tally.units, tally.fromStore]);
  const most = Math.max(1, ...values);
  const step = WIDE / MINUTES;
  const shapes = minutes.flatMap((minute, index) => {
    const x = index * step;
    const width = step * 0.36;
    const bar = (value: number, kind: string, left: number): Markup => {
      const high = round((value / most) * BARS_HIGH);
      return html`<rect
        class="${kind}"
        x="${round(left)}"
        y="${round(BARS_HIGH - high)}"
        width="${round(width)}"
        height="${high}"
      ></rect>`;
    };
    return [
      bar(minute.tally.units, "departed", x + step * 0.1),
      bar(minute.tally.fromStore, "served", x + step * 0.1 + width),
    ];
  });
  const label = `By minute, at most ${counted(most, "request")}; the table below has the sums.`;
  return html`<svg
    class="bars"
    viewBox="0 0 ${WIDE} ${BARS_HIGH}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    ${shapes}
  </svg>`;
}

function ticks(now: number): Markup[] {
  return [15, 10, 5, 0].map((ago) => {
    const at = now - ago * 60_000;
    if (ago === 0) return html`<span>now</span>`;
    return html`<time datetime="${new Date(at).toISOString()}">${clockTime(at)}</time>`;
  });
}

function legend({ quota, total, pauses }: Snapshot): Markup {
  const window = quota ? `used in ${span(quota.windowMs)}` : "used in the window";
  const paused =
    pauses.length === 0
      ? raw("")
      : html`<li><span class="key pause"></span>paused ${counted(pauses.length, "time")}</li>`;
  return html`<ul class="legend">
    <li><span class="key area"></span>${window}</li>
    <li><span class="key departed"></span>departed, ${counted(total.units, "unit")}</li>
    <li><span class="key served"></span>answered from store, ${count(total.fromStore)}</li>
    ${paused}
  </ul>`;
}

function summary({ quota, samples, pauses }: Snapshot): string {
  const most = Math.max(0, ...samples.map(({ used }) => used));
  const now = quota
    ? `${count(quota.used)} of ${count(quota.limit)} units of the window of ${span(quota.windowMs)} are used${configuredWords(quota)}.`
    : "The ledger is out of reach.";
  return `${now} In the last 15 minutes at most ${count(most)} were, and there were ${counted(pauses.length, "pause")}.`;
}

function configuredWords({ limit, configured }: QuotaView): string {
  return limit === configured ? "" : `; ${count(configured)} are configured`;
}
