/*
 * Keeps the page as the gateway is. The gateway writes each part out; here what differs is taken over node by node, so
 * that focus, selection and scroll positions stay where they are.
 */

const main = document.querySelector("main");
const live = document.querySelector("#live");

/** Times come as UTC; people read their own. */
const SHORT = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = SHORT.format(new Date(time.dateTime));
  }
}

/** Makes `old` equal to `wanted` with as few changes as positions allow. */
function takeOver(old, wanted) {
  if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) {
    old.replaceWith(wanted.cloneNode(true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
    return;
  }
  for (const name of old.getAttributeNames()) {
    if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  takeOverChildren(old, wanted);
}

function takeOverChildren(old, wanted) {
  sortByKey(old, wanted);
  const fresh = [...wanted.childNodes];
  const stale = [...old.childNodes];
  for (const [index, node] of fresh.entries()) {
    if (stale[index]) takeOver(stale[index], node);
    else old.append(node.cloneNode(true));
  }
  for (const node of stale.slice(fresh.length)) node.remove();
}

/** Rows that have changed places take their nodes along, and with them the focus. */
function sortByKey(old, wanted) {
  if (wanted.firstElementChild?.dataset?.key === undefined) return;
  dropTexts(old);
  dropTexts(wanted);
  const known = new Map([...old.children].map((node) => [node.dataset.key, node]));
  const focused = document.activeElement;
  for (const [index, row] of [...wanted.children].entries()) {
    const node = known.get(row.dataset.key);
    if (node && old.children[index] !== node) old.insertBefore(node, old.children[index]);
  }
  if (focused !== document.activeElement && old.contains(focused)) focused.focus();
}

function dropTexts(element) {
  for (let row = element.firstElementChild; row; row = row.nextElementSibling) {
    while (row.previousSibling?.nodeType === Node.TEXT_NODE) row.previousSibling.remove();
  }
  while (element.lastChild?.nodeType === Node.TEXT_NODE) element.lastChild.remove();
}

function apply(parts) {
  for (const [id, text] of Object.entries(parts)) {
    const template = document.createElement("template");
    template.innerHTML = text;
    localTimes(template.content);
    const holder = document.getElementById(id);
    if (holder) takeOverChildren(holder, template.content);
  }
  performance.mark("applied");
}

function say(state, words) {
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  live.textContent = words;
}

function follow() {
  const stream = new EventSource(
    `/dashboard/stream?upstream=${encodeURIComponent(main.dataset.upstream)}`,
  );
  stream.addEventListener("parts", ({ data }) => {
    say("live", "Live");
    apply(JSON.parse(data));
  });
  stream.addEventListener("error", () => {
    if (stream.readyState !== EventSource.CLOSED) return say("wait", "Reconnecting");
    say("lost", "Not live: load the page again");
  });
}

/** A form's fields, without those that are empty or hidden. */
function fieldsOf(form) {
  const fields = {};
  for (const input of form.elements) {
    if (!input.name || input.disabled) continue;
    if (input.type === "checkbox") fields[input.name] = input.checked;
    else if (input.value !== "") {
      fields[input.name] = "number" in input.dataset ? Number(input.value) : input.value;
    }
  }
  return fields;
}

/** What each form asks of the admin API. */
const ORDERS = {
  pause: (fields) => ["POST", "/pause", fields],
  resume: (fields) => ["POST", "/resume", fields],
  explain: (fields) => ["POST", "/explain", fields],
  create: (fields) => ["POST", "/consumers", fields],
  purge: ({ by, subject, upstream, soft }) => [
    "POST",
    "/purge",
    { upstream, soft, [by]: by === "everything" ? true : subject },
  ],
  change({ consumer, what, weight, overlap }) {
    const path = `/consumers/${encodeURIComponent(consumer)}`;
    if (what === "rotate") return ["POST", `${path}/rotate`, { overlap }];
    if (what === "weight") return ["PATCH", path, { weight: Number(weight) }];
    return ["PATCH", path, { enabled: what === "enable" }];
  },
};

/** In words what has come of an order. */
const RESULTS = {
  pause: ({ forMs }) => `Paused for ${forMs / 1000} s, on all instances.`,
  resume: () => "Resumed: a probe goes first.",
  purge: ({ covers }) => `Purged. ${covers}`,
  explain: ({ summary }) => summary,
  create: ({ key }) => ["Created. Its key, shown this once:", key],
  change: ({ key }) => (key ? ["Changed. Its new key, shown this once:", key] : "Changed."),
};

async function send(form) {
  const name = form.dataset.order;
  const [method, path, order] = ORDERS[name](fieldsOf(form));
  const response = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) return [`Not done: ${answer.detail ?? response.status}`];
  return [RESULTS[name](answer)].flat();
}

function show(form, [words, secret], bad = false) {
  const output = form.querySelector("output");
  output.replaceChildren(words);
  output.classList.toggle("bad", bad || words.startsWith("Not done"));
  if (secret === undefined) return;
  const code = document.createElement("code");
  code.textContent = secret;
  output.append(code);
}

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    show(form, await send(form));
  } catch {
    show(form, ["Not done: the gateway does not answer."], true);
  }
  button.disabled = false;
}

/** Shows of a form what belongs to the choice that was made in it. */
function adapt(form) {
  const { what, by, subject } = form.elements;
  for (const part of form.querySelectorAll("[data-for]")) {
    const used = part.dataset.for === what?.value;
    part.hidden = !used;
    for (const input of part.querySelectorAll("input, select")) input.disabled = !used;
  }
  if (!by) return;
  subject.disabled = by.value === "everything";
  subject.closest("label").hidden = subject.disabled;
  if (by.value === "group") subject.setAttribute("list", "groups");
  else subject.removeAttribute("list");
}

function open(id, button) {
  const dialog = document.getElementById(id);
  const form = dialog.querySelector("form");
  form.reset();
  form.querySelector("output").replaceChildren();
  if (id === "change") {
    const { consumer, weight, enabled } = button.dataset;
    dialog.querySelector("h2").textContent = `Change ${consumer}`;
    form.elements.consumer.value = consumer;
    form.elements.weight.value = weight;
    for (const option of form.elements.what.options) {
      option.hidden = option.value === (enabled === "true" ? "enable" : "disable");
    }
  }
  if (id === "explain") {
    const names = [...document.querySelectorAll("#consumers [data-key]")].map((row) => {
      const option = document.createElement("option");
      option.value = row.dataset.key;
      return option;
    });
    document.getElementById("names").replaceChildren(...names);
  }
  adapt(form);
  dialog.showModal();
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button");
  if (!button) return;
  if (button.dataset.opens) open(button.dataset.opens, button);
  if (button.classList.contains("change")) open("change", button);
  if (button.classList.contains("close")) button.closest("dialog").close();
});
for (const form of document.querySelectorAll("form[data-order]")) {
  form.addEventListener("submit", submit);
  form.addEventListener("change", () => adapt(form));
}
localTimes(document);
follow();
