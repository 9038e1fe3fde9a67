"use strict";
/* The map: each republic in the colour of the power that holds most there, the stronger the more. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { shape } = Steppe.elements, { fixed } = Steppe.numbers;
  const WIDTH = 760, PAD = 8, LINE = 16, TRUE_AT = 45 * Math.PI / 180; // the latitude of true length
  const MEDIAN = 2, FAINTEST = 0.12, STRONGEST = 0.55;

  /* The power with the largest median share in a cell, and that share. */
  function largest(picture, r, c, y, read = (h) => picture.share(r, c, h, MEDIAN, y)) {
    const found = picture.cast.holders.slice(0, -1).map((holder, h) => ({ holder, share: read(h) })).filter((one) => !Number.isNaN(one.share));
    return found.sort((one, other) => other.share - one.share)[0] ?? null;
  }
  function sentence(picture, c, year) {
    const y = picture.years.indexOf(year), parts = picture.cast.republics.map((republic, r) => {
      const here = largest(picture, r, c, y), base = largest(picture, r, c, y, (h) => picture.base(r, c, h, y));
      if (!here) return `${republic} is not in this scenario`;
      const changed = base && base.holder.name !== here.holder.name ? ` (baseline: ${base.holder.name} ${fixed(base.share)})` : "";
      return `${republic}: ${here.holder.name} ${fixed(here.share)}${changed}`;
    });
    return `The power with the largest median share, end of ${year}: ${parts.join("; ")}.`;
  }

  function map(borders, onRepublic) {
    const X = (x) => x * Math.cos(TRUE_AT), points = Object.values(borders).flatMap((one) => one.ring);
    const [left, right] = [Math.min, Math.max].map((end) => end(...points.map(([x]) => X(x))));
    const [bottom, top] = [Math.min, Math.max].map((end) => end(...points.map(([, y]) => y)));
    const svg = shape("svg", { "aria-hidden": "true", class: "map" });
    const rows = Object.entries(borders).map(([republic, { ring, label }]) => {
      const outline = shape("path"), lines = [0, 1].map(() => shape("text", { "text-anchor": "middle" })), group = shape("g");
      group.append(outline, ...lines);
      group.addEventListener("click", () => onRepublic(republic));
      svg.append(group);
      return { republic, ring, label, group, outline, lines };
    });
    let width = 0;
    /* The map is as wide as its place, so that its text has the size of the page's. */
    function fit(wanted) {
      if (wanted === width) return;
      width = wanted;
      const scale = (width - 2 * PAD) / (right - left), place = ([x, y]) => [PAD + (X(x) - left) * scale, PAD + (top - y) * scale];
      svg.setAttribute("viewBox", `0 0 ${width} ${Math.round(2 * PAD + (top - bottom) * scale)}`);
      for (const { ring, label, outline, lines } of rows) {
        outline.setAttribute("d", `M${ring.map((point) => place(point).map((number) => number.toFixed(1)).join(" ")).join("L")}Z`);
        const [x, y] = place(label);
        lines.forEach((line, i) => { line.setAttribute("x", x.toFixed(1)); line.setAttribute("y", (y - 3 + LINE * i).toFixed(1)); });
      }
    }
    return {
      svg,
      update(picture, view, c) {
        fit(Math.max(280, svg.parentNode?.clientWidth || WIDTH));
        const y = picture.years.indexOf(view.year);
        for (const { republic, group, outline, lines } of rows) {
          const r = picture.cast.republics.indexOf(republic), found = r < 0 ? null : largest(picture, r, c, y);
          outline.setAttribute("fill", found ? found.holder.colour : "none");
          outline.setAttribute("fill-opacity", found ? FAINTEST + (STRONGEST - FAINTEST) * Math.min(1, found.share / 0.6) : 0);
          group.classList.toggle("chosen", republic === view.republic);
          if (republic === view.republic) svg.append(group); // its outline above its neighbours'
          lines[0].textContent = republic;
          lines[1].textContent = found ? `${found.holder.name} ${fixed(found.share)}` : "";
        }
      },
    };
  }
  Steppe.map = { map, sentence };
})();
