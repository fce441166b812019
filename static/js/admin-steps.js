// Moves steps up and down with buttons and numbers the places again; saving the form keeps the order.
const group = document.getElementById("steps-group");
const body = group?.querySelector("tbody");
const words = document.getElementById("step-words")?.dataset;

const rows = () => [...body.querySelectorAll("tr.form-row:not(.empty-form)")].filter((row) => row.querySelector("input.place"));
const isFilled = (row) => row.classList.contains("has_original") || row.querySelector('input[name$="-work"]').value.trim();

function number() {
  let place = 0;
  for (const row of rows()) if (isFilled(row)) row.querySelector("input.place").value = place += 1;
}

// An error of a row stands in a row of its own before it and goes with it.
function partsOf(row) {
  const before = row.previousElementSibling;
  return before?.classList.contains("row-form-errors") ? [before, row] : [row];
}

function move(row, step) {
  const all = rows();
  const other = all[all.indexOf(row) + step];
  if (!other || !isFilled(other)) return;
  if (step < 0) partsOf(other)[0].before(...partsOf(row));
  else other.after(...partsOf(row));
  number();
  const said = group.querySelector(".said");
  said.textContent = words.moved.replace("%s", row.querySelector("input.place").value);
}

function button(row, step, sign, label) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: sign, title: label });
  made.setAttribute("aria-label", label);
  made.className = "move";
  made.addEventListener("click", () => {
    move(row, step);
    made.focus();
  });
  return made;
}

function equip(row) {
  const cell = row.querySelector("td.field-place");
  if (!cell || cell.querySelector(".moves") || row.classList.contains("empty-form")) return;
  const moves = document.createElement("span");
  moves.className = "moves";
  moves.append(button(row, -1, "↑", words.up), button(row, 1, "↓", words.down));
  cell.append(moves);
}

if (body && words) {
  const said = Object.assign(document.createElement("p"), { className: "said visually-hidden" });
  said.setAttribute("role", "status");
  group.append(said);
  rows().forEach(equip);
  document.addEventListener("formset:added", (event) => equip(event.target));
}
