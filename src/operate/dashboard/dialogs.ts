import { html } from "hono/html";
import type { Markup } from "./chart.ts";

/*
 * What an operator may order. Each order is a dialog that says what will come of it, so that to fill it in and send
 * it is the confirmation. The script sends the form's fields as the JSON of the admin API.
 */

/** What the dialogs offer. */
export interface DialogTerms {
  readonly upstream: string;
  /** Groups of its routes. */
  readonly groups: readonly string[];
  /** The longest pause, in milliseconds. */
  readonly maxPauseMs: number;
}

const PAUSES = [
  { forMs: 10_000, words: "10 seconds" },
  { forMs: 60_000, words: "a minute" },
  { forMs: 300_000, words: "5 minutes" },
  { forMs: 600_000, words: "10 minutes" },
];

/** All dialogs of the page. */
export function dialogs(terms: DialogTerms): Markup {
  return html`${pause(terms)} ${resume(terms)} ${purge(terms)} ${create()} ${change()}
  ${explain(terms)}`;
}

interface Shell {
  readonly id: string;
  readonly title: string;
  readonly button: string;
  readonly danger?: boolean;
}

function dialog({ id, title, button, danger = false }: Shell, inner: Markup): Markup {
  return html`<dialog id="${id}" aria-labelledby="${id}-title">
    <form method="dialog" data-order="${id}">
      <h2 id="${id}-title">${title}</h2>
      ${inner}
      <output class="result" aria-live="polite"></output>
      <p class="buttons">
        <button type="button" class="close">Close</button>
        <button type="submit" class="${danger ? "primary danger" : "primary"}">${button}</button>
      </p>
    </form>
  </dialog>`;
}

function pause({ upstream, maxPauseMs }: DialogTerms): Markup {
  const offered = PAUSES.filter(({ forMs }) => forMs <= maxPauseMs);
  const options = (
    offered.length > 0 ? offered : [{ forMs: maxPauseMs, words: "as long as may be" }]
  ).map(({ forMs, words }) => html`<option value="${forMs}ms">${words}</option>`);
  const shell = { id: "pause", title: `Pause ${upstream}`, button: "Pause", danger: true };
  return dialog(
    shell,
    html`<p>
        Nothing more is sent to ${upstream}, from any instance. Stored answers go on being served;
        the rest waits, or is refused at its deadline.
      </p>
      <input type="hidden" name="upstream" value="${upstream}" />
      <label
        >For
        <select name="for">
          ${options}
        </select></label
      >`,
  );
}

function resume({ upstream }: DialogTerms): Markup {
  return dialog(
    { id: "resume", title: `Resume ${upstream}`, button: "Resume" },
    html`<p>
        Ends the pause on all instances, one that the upstream asked for as well. One request goes
        first as a probe; if it is refused with 429, the pause begins anew.
      </p>
      <input type="hidden" name="upstream" value="${upstream}" />`,
  );
}

function purge({ upstream, groups }: DialogTerms): Markup {
  const list = groups.map((group) => html`<option value="${group}"></option>`);
  return dialog(
    { id: "purge", title: "Purge stored responses", button: "Purge", danger: true },
    html`<p>
        What is purged is never served again, on any instance, and costs units when it is asked for
        next. Marked as stale, it may still serve where its route allows that.
      </p>
      <input type="hidden" name="upstream" value="${upstream}" />
      <label
        >What
        <select name="by">
          <option value="group">a group</option>
          <option value="prefix">a path and all below it</option>
          <option value="url">one URL</option>
          <option value="everything">everything</option>
        </select></label
      >
      <label class="subject"
        >Which
        <input name="subject" list="groups" autocomplete="off" required maxlength="8192" /></label
      ><datalist id="groups">${list}</datalist>
      <label class="check"><input type="checkbox" name="soft" /> only mark it as stale</label>`,
  );
}

function create(): Markup {
  return dialog(
    { id: "create", title: "New consumer", button: "Create" },
    html`<p>
        A service with a key and a share of its own. The key is shown once, here. The first consumer
        closes an open gateway to everybody without a key.
      </p>
      <label
        >Name
        <input
          name="name"
          required
          maxlength="64"
          pattern="[A-Za-z0-9][A-Za-z0-9_.\\-]*"
          autocomplete="off"
      /></label>
      <label
        >Weight
        <input name="weight" type="number" min="1" max="1000" value="1" required data-number
      /></label>
      <label
        >Priority
        <input name="priority" type="number" min="0" max="7" value="3" required data-number
      /></label>`,
  );
}

function change(): Markup {
  return dialog(
    { id: "change", title: "Change", button: "Apply", danger: false },
    html`<input type="hidden" name="consumer" />
      <label
        >What
        <select name="what">
          <option value="weight">its weight</option>
          <option value="rotate">its key: make a new one</option>
          <option value="disable">disable it</option>
          <option value="enable">enable it</option>
        </select></label
      >
      <label data-for="weight"
        >Weight <input name="weight" type="number" min="1" max="1000" required
      /></label>
      <label data-for="rotate"
        >The old key stays valid for
        <select name="overlap">
          <option value="1d">a day</option>
          <option value="1h">an hour</option>
          <option value="0s">no longer</option>
        </select></label
      >
      <p data-for="weight">Counts from the next turn on, on all instances.</p>
      <p data-for="rotate">The new key is shown once, here.</p>
      <p data-for="disable">
        All its keys are refused from now on, with 403. Nothing else is lost.
      </p>
      <p data-for="enable">Its keys are taken again.</p>`,
  );
}

function explain({ upstream }: DialogTerms): Markup {
  return dialog(
    { id: "explain", title: "Explain a request", button: "Explain" },
    html`<p>What would become of a request if it came now. Nothing is sent and nothing is spent.</p>
      <input type="hidden" name="upstream" value="${upstream}" />
      <label
        >Method
        <select name="method">
          ${["GET", "POST", "PUT", "PATCH", "DELETE"].map((one) => html`<option>${one}</option>`)}
        </select></label
      >
      <label
        >URL or path
        <input name="url" required maxlength="8192" placeholder="/ticket/5" autocomplete="off"
      /></label>
      <label>Consumer <input name="consumer" list="names" autocomplete="off" /></label
      ><datalist id="names"></datalist>`,
  );
}
