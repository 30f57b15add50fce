(() => {
  const form = document.getElementById("filters");
  const section = document.getElementById("filter-section");
  const verdict = document.getElementById("filter-verdict");
  const items = [...document.querySelectorAll("[data-verdict]")];
  const apply = () => {
    for (const item of items) {
      item.hidden = Boolean((section.value && item.dataset.section !== section.value)
        || (verdict.value && item.dataset.verdict !== verdict.value));
    }
    for (const group of document.querySelectorAll(".group")) {
      group.hidden = !group.querySelector("article:not([hidden])");
    }
    const rows = items.filter((item) => item.tagName === "TR");
    document.getElementById("shown").value =
      `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims are shown`;
  };
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.closest("[hidden]")) {
      form.reset();
      apply();
      target.scrollIntoView();
    }
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  window.addEventListener("hashchange", reveal);
  apply();
  reveal();
})();
