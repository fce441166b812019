// From the box to what was found and back by arrow keys, and from hit to hit by j and k.

const box = document.getElementById("q");

function links() {
  return [...document.querySelectorAll("#found .item__t a")];
}

function move(step) {
  const all = [box, ...links()];
  all[all.indexOf(document.activeElement) + step]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  const isHere = event.target === box || event.target.matches("#found .item__t a");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && isHere) {
    event.preventDefault();
    return move(step);
  }
  if (!("keys" in document.documentElement.dataset)) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key !== "j" && event.key !== "k") return;
  event.preventDefault();
  move(event.key === "j" ? 1 : -1);
});
