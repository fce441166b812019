// Samples stand for nothing: their buttons and links lead nowhere. Without this they end on a page that says so.
for (const name of ["submit", "click"]) {
  document.addEventListener(
    name,
    (event) => {
      const sample = event.target.closest(".spec :is(form, a[href^='/'], a[href^='?'], [hx-get], [hx-post])");
      if (!sample || event.target.closest("dialog, summary, input, select, textarea, label")) return;
      if (sample.pathname?.startsWith("/styleguide/") && !sample.search) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
