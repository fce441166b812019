// The page of a work: a slider beside the number, a timer that counts, copying. All of it can be done without.

// A slider moves the number; saving is still a button, so that nothing is said by accident.
function addSlider(number) {
  if (number.form.querySelector("input[type=range]")) return;
  const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, step: 1 });
  slider.className = "slider";
  slider.setAttribute("aria-label", number.dataset.slider);
  slider.value = number.value || 0;
  slider.addEventListener("input", () => (number.value = slider.value));
  number.addEventListener("input", () => (slider.value = number.value || 0));
  number.form.prepend(slider);
}

function addCopying(button) {
  const box = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.onclick = async () => {
    // Where the browser has no clipboard for this page, what is to be copied is selected.
    const copied = await navigator.clipboard?.writeText(box.value).then(() => true, () => false);
    if (copied) document.getElementById("said").textContent = button.dataset.copied;
    else box.select();
  };
}

function count() {
  for (const minutes of document.querySelectorAll("[data-since]")) {
    minutes.textContent = Math.max(0, Math.floor((Date.now() - Date.parse(minutes.dataset.since)) / 60_000));
  }
}

function equip() {
  for (const number of document.querySelectorAll("input[data-slider]")) addSlider(number);
  if (navigator.clipboard || document.queryCommandSupported?.("copy")) {
    for (const button of document.querySelectorAll("[data-copy]")) addCopying(button);
  }
  count();
}

document.addEventListener("htmx:afterSettle", () => {
  equip();
  // The button that was pressed may be gone with what it did: the focus stays in the box.
  if (document.activeElement === document.body) document.getElementById("where")?.focus({ preventScroll: true });
});

equip();
setInterval(count, 20_000);
