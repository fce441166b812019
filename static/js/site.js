// Enhancements only: every page works without them.

// Keys as people know them. Who has switched them off has no data-keys.
const GO_WITHIN = 1500; // milliseconds between "g" and its letter
let going = -Infinity;

function search(event) {
  const field = [...document.querySelectorAll('input[name="q"]')].find((input) => input.offsetParent !== null);
  if (!field) return document.querySelector(".find__link")?.click(); // where there is no room for it on every page
  event.preventDefault();
  field.focus();
  field.select();
}

// The list of keys is fetched when it is first asked for; where that fails, its page says what is wrong.
async function showKeys() {
  const link = document.querySelector("[data-keys-list]");
  if (!link) return;
  try {
    if (!document.getElementById("keys-dialog")) {
      const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      document.body.insertAdjacentHTML("beforeend", await answer.text());
    }
    const dialog = document.getElementById("keys-dialog");
    if (!dialog.open) dialog.showModal();
  } catch {
    location.assign(link.href);
  }
}

document.addEventListener("keydown", (event) => {
  if (!("keys" in document.documentElement.dataset)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.target.closest("dialog")) return event.stopImmediatePropagation(); // what lies under it is not meant
  const goes = event.timeStamp - going < GO_WITHIN;
  going = -Infinity;
  if (goes) {
    // The letter after "g" is no key of the page itself.
    event.stopImmediatePropagation();
    document.querySelector(`.nav [data-go="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "g") going = event.timeStamp;
  else if (event.key === "/") search(event);
  else if (event.key === "?") showKeys();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-keys-list]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showKeys();
});

// A double click is one click: when its second half comes, the button may already stand for the way back.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail < 2 || !event.target.closest('form[method="post"] button:not([type="button"])')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// What an action did is said aloud; a lost connection says so instead of failing silently.
function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

document.addEventListener("htmx:afterSwap", (event) => {
  const said = event.detail.target.querySelector?.("[data-said]") ?? document.querySelector("[data-said]");
  if (said) say(said.dataset.said);
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const trouble = document.getElementById("trouble");
    if (!trouble) return;
    trouble.hidden = false;
    trouble.textContent = name === "htmx:responseError" ? trouble.dataset.refused : trouble.dataset.unsent;
    trouble.focus({ preventScroll: trouble.matches("main > *") }); // there it stays in view by itself
  });
}

document.addEventListener("htmx:afterRequest", (event) => {
  const trouble = document.getElementById("trouble");
  if (trouble && event.detail.successful) trouble.hidden = true;
});

// Where the browser brings a page back as it was left, its marks and counts may have changed on another one.
window.addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector(".posts, .follow")) location.reload();
});
