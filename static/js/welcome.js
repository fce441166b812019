// The first visit; without this the instance's zone is proposed, and one chooses "Another amount" by oneself.

const asked = document.querySelector("form[data-guesses]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const choice = asked && [...asked.elements.zone.options].find((option) => option.value === zone);
if (choice) {
  choice.selected = true;
  document.getElementById("guessed").hidden = false;
}

const minutes = document.getElementById("id_minutes");
minutes?.addEventListener("input", () => {
  if (minutes.value) document.querySelector('input[value="another"]').checked = true;
});
