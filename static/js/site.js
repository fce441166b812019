// Enhancements only: every page works without them.

// "/" goes to the search field, as people know it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = [...document.querySelectorAll('input[name="q"]')].find((input) => input.offsetParent !== null);
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

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
