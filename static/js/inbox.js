// The reading pane beside the list, and the keys. Without this, titles lead to the posts' own pages.

const list = document.querySelector("[data-inbox]");
const wide = matchMedia("(min-width: 64em)");
let opening = "";

// Code and tables that scroll are to be reached by keyboard in every browser.
function reachable(root) {
  for (const box of root.querySelectorAll(".foreign :is(pre, table)")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  }
}

function lines() {
  return [...(list?.querySelectorAll(".posts > li") ?? [])];
}

function current() {
  return document.activeElement.closest(".posts > li") ?? list?.querySelector('[aria-current="true"]');
}

// Opens a line's post in the pane; the address names it, so that a reload shows the same.
function openBeside(line) {
  const address = new URL(line.querySelector(".t").href);
  address.pathname = list.dataset.inbox;
  address.searchParams.set("post", line.id.replace("post-", ""));
  const path = address.pathname + address.search;
  for (const other of list.querySelectorAll('[aria-current="true"]')) other.removeAttribute("aria-current");
  opening = line.id;
  htmx.ajax("GET", path, { source: "#pane", target: "#pane", swap: "innerHTML", replace: path });
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "pane" && event.detail.target?.id !== "pane") return;
  // What came of an earlier click, while the last one is still on its way, is not the line that is open.
  for (const line of lines()) if (opening && line.id !== opening) line.removeAttribute("aria-current");
  document.getElementById("post-title").focus({ preventScroll: true });
  reachable(document);
});

// Whoever has snoozed pressed a button that is folded away again.
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.requestConfig?.path.endsWith("/snooze/") || document.activeElement !== document.body) return;
  document.getElementById("act-snooze")?.focus();
});

list?.addEventListener("click", (event) => {
  const link = event.target.closest(".t");
  if (!link || !wide.matches || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openBeside(link.closest("li"));
});

// From line to line; on a post's own page from post to post.
function move(step) {
  if (!list) return document.querySelector(step > 0 ? 'a[rel="next"]' : 'a[rel="prev"]')?.click();
  const all = lines();
  const next = all[all.indexOf(current()) + step];
  next?.querySelector(".t").focus();
}

// A line's own buttons where one has the focus, else those of the open post.
function press(inLine, ofPost) {
  const line = current();
  (line?.querySelector(inLine) ?? document.querySelector(ofPost))?.click();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current()?.querySelector(".t").click(),
  m: () => press("[id^='read-']", "#act-read"),
  s: () => press("[id^='keep-']", "#act-save"),
  v: () => document.getElementById("original")?.click(),
  b: () => {
    const snooze = document.getElementById("act-snooze");
    snooze?.click();
    snooze?.focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (!("keys" in document.documentElement.dataset)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

reachable(document);
