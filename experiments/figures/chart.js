"use strict";
/* One line chart: elements made once, moved afterwards, so that a dragged lever draws in milliseconds.

   A specification has `x` (numbers), `span` (the ends of the x axis), `top`, `bottom`, `write` (a
   number of the y axis as text), `ticks` (numbers of the x axis), `lines` and perhaps `marks`,
   `rule` and `pointed` (places on the x axis), and `points` with `x`, `y` and `filled`.
   A line has `colour`, `dashed`, `values` along x, and perhaps `wide` and `narrow` (pairs of
   bands), `base` (values of the baseline) and `label`. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { shape } = Steppe.elements;

  function path(xs, values, X, Y) {
    let text = "", pen = "M";
    for (let i = 0; i < xs.length; i += 1) {
      if (Number.isNaN(values[i])) { pen = "M"; continue; }
      text += `${pen}${X(xs[i])} ${Y(values[i])}`;
      pen = "L";
    }
    return text;
  }
  function area(xs, [low, high], X, Y) {
    const there = xs.map((_, i) => i).filter((i) => !Number.isNaN(low[i]) && !Number.isNaN(high[i]));
    if (there.length < 2) return "";
    const up = there.map((i) => `${X(xs[i])} ${Y(high[i])}`), down = there.reverse().map((i) => `${X(xs[i])} ${Y(low[i])}`);
    return `M${up.join("L")}L${down.join("L")}Z`;
  }
  function ticksOf(bottom, top) {
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find((size) => (top - bottom) / size <= 6) ?? 20;
    const found = [];
    for (let tick = Math.ceil(bottom / step - 1e-9) * step; tick <= top + 1e-9; tick += step) found.push(Math.round(tick * 1e6) / 1e6);
    return found;
  }
  /* Labels at the ends of lines, moved apart so that no two touch. */
  function spread(labels, gap, lowest) {
    labels.sort((one, other) => one.y - other.y);
    for (let i = 1; i < labels.length; i += 1) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + gap);
    for (let i = labels.length - 1; i >= 0; i -= 1) labels[i].y = Math.min(labels[i].y, i === labels.length - 1 ? lowest : labels[i + 1].y - gap);
    return labels;
  }

  /* A large chart is as wide as its place, so that its text has the size of the page's. */
  function chart({ width, height, full }) {
    const left = full ? 44 : 3, right = full ? 40 : 3, above = full ? 28 : 4, below = full ? 24 : 3;
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", class: "lines" });
    const grid = shape("g", { class: "grid" }), bands = shape("g", { class: "bands" }), lines = shape("g"), over = shape("g", { class: "over" });
    svg.append(grid, bands, lines, over);
    const rows = [];
    function row(index) {
      while (rows.length <= index) {
        const made = { wide: shape("path", { opacity: 0.13 }), narrow: shape("path", { opacity: 0.22 }),
          base: shape("path", { fill: "none", "stroke-width": full ? 1.4 : 1, "stroke-dasharray": "1.5 3", "stroke-linecap": "round" }),
          line: shape("path", { fill: "none", "stroke-width": full ? 2.3 : 1.5, "stroke-linejoin": "round" }) };
        bands.append(made.wide, made.narrow);
        lines.append(made.base, made.line);
        rows.push(made);
      }
      return rows[index];
    }
    function axes(spec, X, Y) {
      const marks = [];
      const { bottom, top } = spec, [start, end] = spec.span;
      if (spec.rule !== undefined && spec.rule > start && spec.rule < end) marks.push(shape("line", { class: "rule", x1: X(spec.rule), x2: X(spec.rule), y1: above, y2: height - below }));
      if (bottom < 0) marks.push(shape("line", { class: "zero", x1: left, x2: width - right, y1: Y(0), y2: Y(0) }));
      if (full) {
        for (const tick of ticksOf(bottom, top)) marks.push(shape("line", { class: "tick", x1: left, x2: width - right, y1: Y(tick), y2: Y(tick) }), shape("text", { x: left - 6, y: Number(Y(tick)) + 4, "text-anchor": "end" }, spec.write(tick)));
        for (const tick of spec.ticks) marks.push(shape("text", { x: X(tick), y: height - 6, "text-anchor": tick === start ? "start" : "middle" }, String(tick)));
      }
      grid.replaceChildren(...marks);
    }
    function annotations(spec, X, Y) {
      const marks = [];
      if (full) {
        (spec.marks ?? []).forEach(({ at, label }, i) => marks.push(
          shape("line", { class: "event", x1: X(at), x2: X(at), y1: above, y2: height - below }),
          shape("text", { class: "event", x: Number(X(at)) + 3, y: above - 5 - 11 * (i % 2) }, label)));
        const last = spec.x.length - 1;
        const labels = spec.lines.filter((line) => line.label && !Number.isNaN(line.values[last])).map((line) => ({ label: line.label, y: Number(Y(line.values[last])) + 4 }));
        for (const { label, y } of spread(labels, 12, height - below)) marks.push(shape("text", { class: "end", x: width - right + 5, y }, label));
      }
      for (const { x, y, filled } of spec.points ?? []) marks.push(shape("circle", { class: "counted", cx: X(x), cy: Y(y), r: 3.4, stroke: "currentColor", "stroke-width": 1.3, fill: filled ? "currentColor" : "none" }));
      if (spec.pointed !== undefined) marks.push(shape("line", { class: "pointed", x1: X(spec.pointed), x2: X(spec.pointed), y1: above, y2: height - below }));
      over.replaceChildren(...marks);
    }
    let drawn = null;
    return {
      svg,
      /* The place on the x axis under a point of the window. */
      at(clientX) {
        const box = svg.getBoundingClientRect(), [start, end] = drawn.span;
        return start + (end - start) * ((clientX - box.left) * width / box.width - left) / (width - left - right);
      },
      update(spec) {
        drawn = spec;
        const start = spec.span[0], span = spec.span[1] - start || 1;
        if (full && svg.parentNode?.clientWidth) {
          width = Math.max(280, svg.parentNode.clientWidth);
          height = Math.round(Math.min(360, Math.max(210, width * 0.46)));
          svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
        }
        const X = (x) => (left + (width - left - right) * (x - start) / span).toFixed(1);
        const Y = (y) => (above + (height - above - below) * (spec.top - y) / (spec.top - spec.bottom)).toFixed(1);
        axes(spec, X, Y);
        spec.lines.forEach((line, i) => {
          const made = row(i);
          for (const [name, node] of Object.entries(made)) {
            const fill = name === "wide" || name === "narrow";
            node.setAttribute(fill ? "fill" : "stroke", line.colour);
            const values = name === "line" ? line.values : line[name];
            node.setAttribute("d", !values ? "" : fill ? area(spec.x, values, X, Y) : path(spec.x, values, X, Y));
          }
          if (line.dashed) made.line.setAttribute("stroke-dasharray", full ? "7 3" : "4 2"); else made.line.removeAttribute("stroke-dasharray");
        });
        rows.slice(spec.lines.length).forEach((made) => Object.values(made).forEach((node) => node.setAttribute("d", "")));
        annotations(spec, X, Y);
      },
    };
  }
  chart.ticks = ticksOf;
  Steppe.chart = chart;
})();
