"use strict";
/* Elements of the page. Whatever comes from a scenario is inserted as text, never as HTML. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === false || value === undefined) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key === "className" ? "class" : key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  }
  function shape(tag, attributes = {}, text = null) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== null) node.textContent = text;
    return node;
  }
  function swatch(holder) {
    const node = element("span", { className: holder.name === "autonomy" ? "swatch dashed" : "swatch", "aria-hidden": "true" });
    node.style.borderTopColor = holder.colour;
    return node;
  }
  function table(caption, head, rows) {
    const columns = head.map((word, column) => element("th", { scope: "col", className: column ? "figure" : "" }, word));
    const body = rows.map((row) => element("tr", {}, ...row.map((cell, column) =>
      (column ? element("td", { className: "figure" }, cell) : element("th", { scope: "row" }, cell)))));
    return element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...columns)), element("tbody", {}, ...body));
  }

  /* A note beside the pointer over a figure, which goes when the pointer leaves, or with Escape. */
  function pointerNote(figure) {
    const note = element("div", { className: "tip", hidden: true, "aria-hidden": "true" });
    figure.append(note);
    figure.onpointerleave = () => { note.hidden = true; };
    return function show({ clientX }, ...lines) {
      note.replaceChildren(...lines);
      note.hidden = false;
      const box = figure.getBoundingClientRect(), left = clientX - box.left;
      note.style.left = left < box.width / 2 ? `${left + 14}px` : `${Math.max(0, left - note.offsetWidth - 14)}px`;
    };
  }
  addEventListener("keydown", ({ key }) => { if (key === "Escape") document.querySelectorAll(".tip").forEach((note) => { note.hidden = true; }); });

  /* Words with an explanation open it where they stand. */
  function explainTerms(terms, root = document) {
    for (const node of root.querySelectorAll("[data-term]")) {
      const word = node.textContent, text = terms[node.dataset.term];
      if (!text) continue;
      const note = element("span", { className: "definition", role: "note", hidden: true }, ` (${text.trim()})`);
      const button = element("button", { type: "button", className: "term", "aria-expanded": "false", title: "What is this?",
        onclick: () => { note.hidden = !note.hidden; button.setAttribute("aria-expanded", String(!note.hidden)); } }, word);
      node.replaceChildren(button, note);
      node.removeAttribute("data-term");
    }
  }

  function download(name, text, type = "application/yaml") {
    const address = URL.createObjectURL(new Blob([text], { type }));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }
  Steppe.elements = { byId, element, shape, swatch, table, pointerNote, explainTerms, download };
})();
