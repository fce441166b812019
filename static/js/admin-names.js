// Completes names in fields with data-names while one types. Without it a whole name, a slug or an address will do.
const WAIT = 200;
const base = document.body.dataset.admin;
let counter = 0;
let timer;

function listOf(input) {
  let list = input.list;
  if (!list) {
    list = document.createElement("datalist");
    list.id = `names-${(counter += 1)}`;
    input.after(list);
    input.setAttribute("list", list.id);
  }
  return list;
}

async function complete(input) {
  const text = input.value.trim();
  if (text.length < 2 || /\[[-\w]+\]$/.test(text)) return;
  const address = `${base}${input.dataset.names}?q=${encodeURIComponent(text)}`;
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || input.value.trim() !== text) return;
  const { names } = await answer.json();
  listOf(input).replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
}

document.addEventListener("input", (event) => {
  const input = event.target.closest("input[data-names]");
  if (!input) return;
  clearTimeout(timer);
  timer = setTimeout(complete, WAIT, input);
});
