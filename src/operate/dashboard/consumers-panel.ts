import { html, raw } from "hono/html";
import type { Tally } from "../../observe/account-counts.ts";
import type { Markup } from "./chart.ts";
import { shareBar } from "./panels.ts";
import type { ConsumerRow, Snapshot } from "./snapshot.ts";
import { count, counted, ratio, span } from "./words.ts";

const COLUMNS = [
  "Consumer",
  "Spent of share",
  "Units",
  "Borrowed",
  "Asked",
  "From store",
  "Waiting",
  "Wait",
  "Refused",
];

/** Who eats the quota. */
export function consumersPanel({ consumers }: Snapshot): Markup {
  const { rows, others } = consumers;
  if (rows.length === 0) {
    return html`<p class="empty">
      Nobody has asked yet. Point a service's base URL at Sluice and it appears here; give it a
      consumer of its own, and it gets a share of its own.
    </p>`;
  }
  return html`<table role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${COLUMNS.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        <th role="columnheader" scope="col"><span class="quiet">Change</span></th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => line(row))}
      ${
        others.count === 0
          ? raw("")
          : html`<tr role="row" class="others">
              <th role="rowheader" scope="row">${counted(others.count, "other")}</th>
              <td role="cell"></td>
              ${countCells(others.tally)}
              <td role="cell"></td>
              <td role="cell"></td>
              ${cell("Refused", count(refusedOf(others.tally)))}
              <td role="cell"></td>
            </tr>`
      }
    </tbody>
  </table>`;
}

function line(row: ConsumerRow): Markup {
  const { name, weight, share, spent, waiting, waitMs, tally, known } = row;
  const off = known?.enabled === false;
  const note = off ? "disabled" : `weight ${count(weight)}`;
  const refused = refusedOf(tally);
  return html`<tr role="row" class="${off ? "off" : ""}" data-key="${name}">
    <th role="rowheader" scope="row"><span class="name">${name}</span> <small>${note}</small></th>
    <td role="cell" class="wide" data-label="Spent of share">${shareBar(spent, share)}</td>
    ${countCells(tally)} ${cell("Waiting", count(waiting))}
    ${cell("Wait", waitMs === undefined ? "–" : span(waitMs))}
    ${cell("Refused", count(refused), refused > 0 ? "bad" : "")}
    <td role="cell" class="act">${changeButton(row)}</td>
  </tr>`;
}

function countCells({ units, borrowed, asked, fromStore }: Tally): Markup {
  return html`${cell("Units", count(units))} ${cell("Borrowed", count(borrowed))}
  ${cell("Asked", count(asked))} ${cell("From store", ratio(fromStore, asked))}`;
}

function cell(label: string, value: string, state = ""): Markup {
  return html`<td role="cell" class="${state}" data-label="${label}">${value}</td>`;
}

/** Only what was made at run time changes here. */
function changeButton({ name, weight, known }: ConsumerRow): Markup {
  if (!known) return html``;
  if (known.inFile) {
    return html`<span class="tag" title="Defined in the configuration file, and changes there"
      >file</span
    >`;
  }
  return html`<button
    type="button"
    class="change"
    data-consumer="${name}"
    data-weight="${weight}"
    data-enabled="${known.enabled}"
    aria-label="Change ${name}"
  >
    Change
  </button>`;
}

function refusedOf({ refused }: Tally): number {
  return Object.values(refused).reduce((sum, one) => sum + one, 0);
}
