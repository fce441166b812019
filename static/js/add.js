// The bookmark is for other pages; on this one the policy forbids it to run, so that pressing it says where it belongs.

const bookmark = document.querySelector("[data-bookmarklet]");
bookmark?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("drag").hidden = false;
});
