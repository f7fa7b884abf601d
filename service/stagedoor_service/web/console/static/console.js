// What works without scripts works without this file; it only leads to the line of a finding.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const text = document.getElementById("text");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Number(link.dataset.line);
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(
    start + Number(link.dataset.column) - 1,
    start + (lines[line - 1] ?? "").length,
  );
  text.scrollTop = (text.scrollHeight / lines.length) * (line - 4);
});
