// While an identifier, an address or a title is typed or pasted: fills the normal form, and says which work has it already.
const place = document.getElementById("identify");
const WAIT = 350;
const timers = new WeakMap();

function noteOf(input) {
  const row = input.closest("td, .form-row, div");
  let note = row.querySelector(":scope > .identify");
  if (!note) {
    note = document.createElement("p");
    note.className = "identify";
    note.setAttribute("role", "status");
    row.append(note);
  }
  return note;
}

function link({ title, url }) {
  return Object.assign(document.createElement("a"), { href: url, textContent: title });
}

function show(input, parts, isWarning) {
  const note = noteOf(input);
  note.classList.toggle("is-warning", isWarning);
  note.replaceChildren(...parts);
}

async function ask(query) {
  const address = new URL(place.dataset.url, location.href);
  for (const [name, value] of Object.entries({ ...query, entry: place.dataset.entry })) address.searchParams.set(name, value);
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

const isWork = (key) => /^(arxiv|doi):/.test(key ?? "");

function firstEmptyKey() {
  const keys = [...document.querySelectorAll('input[name^="identifiers-"][name$="-key"]:not([name*="__prefix__"])')];
  return keys.some((input) => isWork(input.value)) ? null : keys.find((input) => !input.value.trim());
}

async function identify(input, settled) {
  const text = input.value.trim();
  if (!text) return show(input, [], false);
  const answer = await ask({ text });
  if (!answer || input.value.trim() !== text) return;
  const isKey = input.name.endsWith("-key");
  if (!isKey && !isWork(answer.key)) return show(input, [], false);
  if (isKey && answer.key && settled) input.value = answer.key;
  if (isKey && !answer.key && !settled) return;
  show(input, answer.taken ? [`${answer.message} `, link(answer.taken)] : [answer.message], Boolean(answer.taken || !answer.key));
  const empty = !isKey && !answer.taken && firstEmptyKey();
  if (empty) {
    empty.value = answer.key;
    show(empty, [answer.message], false);
  }
}

async function compareTitle(input) {
  const title = input.value.trim();
  const answer = title && (await ask({ title }));
  if (answer && input.value.trim() !== title) return;
  const parts = answer?.similar?.length
    ? [`${answer.similar_message} `, ...answer.similar.flatMap((work, i) => (i ? [", ", link(work)] : [link(work)]))]
    : [];
  show(input, parts, false);
}

function later(input, action) {
  clearTimeout(timers.get(input));
  timers.set(input, setTimeout(action, WAIT));
}

function heed(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement)) return;
  const settled = event.type === "change" || event.inputType === "insertFromPaste";
  if (/^identifiers-.*-key$/.test(input.name) || input.name === "url") {
    if (settled) {
      clearTimeout(timers.get(input));
      identify(input, true);
    } else later(input, () => identify(input, false));
  } else if (input.name === "title") later(input, () => compareTitle(input));
}

if (place) {
  document.addEventListener("input", heed);
  document.addEventListener("change", heed);
}
