import { html } from "hono/html";
import type { Markup } from "./dashboard/chart.ts";
import { shell } from "./dashboard/page.ts";
import type { Operation } from "./operation.ts";

const ROLES = {
  anyone: "whoever asks",
  read: "whoever has a token",
  full: "whoever has the full token",
} as const;

/** The admin API for people: each request, who may send it, and how with curl. */
export function referencePage(operations: readonly Operation[], base: string): Markup {
  const groups = [...new Set(operations.map(({ group }) => group))];
  return shell(
    "Admin API · Sluice",
    html`<main>
      <article class="reference">
        <h1><span class="wordmark">Admin API</span></h1>
        <p class="quiet">
          As a document for tools: <a href="/openapi.json">openapi.json</a>. Back to the
          <a href="/">dashboard</a>.
        </p>
        ${groups.map(
          (group) =>
            html`<h2>${group}</h2>
              ${operations.filter((one) => one.group === group).map((one) => entry(one, base))}`,
        )}
      </article>
    </main>`,
  );
}

function entry(operation: Operation, base: string): Markup {
  const { method, path, summary, role, answer, query = {} } = operation;
  const parameters = Object.entries(query).map(
    ([name, words]) => html`<li><code>${name}</code> ${words}</li>`,
  );
  return html`<details>
    <summary>
      <span class="verb">${method.toUpperCase()}</span> <code>${path}</code> ${summary}
    </summary>
    <p>${answer} For ${ROLES[role]}.</p>
    ${
      parameters.length > 0
        ? html`<ul>
            ${parameters}
          </ul>`
        : ""
    }
    ${members(operation)}
    <pre tabindex="0"><code>${curlOf(operation, base)}</code></pre>
  </details>`;
}

function members({ body }: Operation): Markup | string {
  const { properties } = body?.schema ?? {};
  if (typeof properties !== "object" || properties === null) return "";
  const lines = Object.entries(properties).map(
    ([name, one]: [string, { description?: string }]) =>
      html`<li><code>${name}</code> ${one.description ?? ""}</li>`,
  );
  return html`<ul>
    ${lines}
  </ul>`;
}

/** The request as one would send it by hand. */
export function curlOf({ method, path, role, body }: Operation, base: string): string {
  const verb = method === "get" || body ? "" : ` -X ${method.toUpperCase()}`;
  const other = body && method !== "post" ? ` -X ${method.toUpperCase()}` : "";
  const token = role === "anyone" ? "" : ' -H "Authorization: Bearer $SLUICE_ADMIN_TOKEN"';
  const json = method === "get" ? "" : " -H 'Content-Type: application/json'";
  const data = body ? ` -d '${JSON.stringify(body.example)}'` : "";
  return `curl${verb}${other} ${base}${path}${token}${json}${data}`;
}
