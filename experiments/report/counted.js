"use strict";
/* What was counted of an observable in one cell, over a forecast's band, with its rivals. */
(() => {
  const { byId, element, table, pointerNote } = window.Steppe.elements;
  const data = JSON.parse(byId("data").textContent).counted;
  if (!data) return;
  const state = { power: data.powers[0], republic: data.republics[0], origin: 0, year: null };
  const figure = byId("counted-chart"), chart = window.Steppe.chart({ width: 760, height: 340, full: true });
  figure.replaceChildren(chart.svg);
  const showNote = pointerNote(figure);

  const fixed = (value) => (value === null ? "–" : value.toFixed(3));
  const forecast = () => data.forecasts[state.origin];
  const cell = () => `${state.power}|${state.republic}`;
  const rivals = () => Object.keys(forecast().methods).filter((name) => name !== data.model);
  const years = () => [...new Set([...data.years, ...forecast().years])].sort((one, other) => one - other);
  function counted(year) {
    const place = data.years.indexOf(year);
    return place < 0 ? null : data.cells[cell()][place];
  }
  function bandAt(method, year) { // low, middle and high
    const place = forecast().years.indexOf(year);
    return place < 0 ? null : (forecast().methods[method][cell()] ?? [])[place] ?? null;
  }
  const over = (method, part) => years().map((year) => (bandAt(method, year) ?? [NaN, NaN, NaN])[part]);

  function spec() {
    const known = years(), last = known[known.length - 1], colour = data.colours[state.power];
    const model = { wide: [over(data.model, 0), over(data.model, 2)], values: over(data.model, 1), colour };
    const others = rivals().map((name, place) => ({ values: over(name, 1), colour: "currentColor", dashed: true, label: String(place + 1) }));
    const points = known.filter((year) => counted(year) !== null).map((year) => ({ x: year, y: counted(year), filled: year <= forecast().known }));
    const heights = [...points.map((one) => one.y), ...model.wide[1], ...others.flatMap((line) => line.values)].filter((value) => !Number.isNaN(value));
    return { x: known, span: [known[0] - 0.4, last + 0.4], lines: [model, ...others], points, bottom: 0, top: Math.min(1, 1.05 * Math.max(...heights)),
      write: (value) => value.toFixed(2), ticks: known.filter((year) => known.length < 13 || year % 5 === 0), pointed: state.year };
  }
  function rows() {
    const found = [["counted", fixed(counted(state.year)), ""]];
    [data.model, ...rivals()].forEach((name, place) => {
      const band = bandAt(name, state.year);
      if (band) found.push([place ? `${place} ${name}` : name, fixed(band[1]), `${fixed(band[0])} to ${fixed(band[2])}`]);
    });
    return found;
  }
  function show() {
    chart.update(spec());
    const caption = `${state.power} in ${state.republic}, ${state.year}; forecast: ${forecast().label}`;
    byId("counted-values").replaceChildren(table(caption, ["", "Share", "Middle 90%"], rows()));
    figure.setAttribute("aria-label", `Chart of ${data.observable} of ${state.republic} with ${state.power}: what was counted, and a forecast with its rivals. The numbers are in the table below.`);
    figure.dataset.drawn = cell();
  }
  function point(year) {
    const known = years();
    state.year = Math.min(known[known.length - 1], Math.max(known[0], year));
    show();
  }
  figure.onpointermove = figure.onpointerdown = (event) => {
    point(Math.round(chart.at(event.clientX)));
    showNote(event, element("strong", {}, `${state.power} in ${state.republic}, ${state.year}`),
      ...rows().map(([name, share, band]) => element("div", {}, `${name}: ${share}${band && ` (${band})`}`)));
  };
  figure.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    figure.onpointerleave(); // whose note is of another year
    point(state.year + step);
  };
  addEventListener("resize", show);
  function fill(name, options) {
    const select = byId(`counted-${name}`);
    select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("change", () => { state[name] = name === "origin" ? Number(select.value) : select.value; point(state.year); });
  }
  fill("power", data.powers.map((name) => [name, name]));
  fill("republic", data.republics.map((name) => [name, name]));
  fill("origin", data.forecasts.map((row, place) => [place, row.label]));
  point(data.years[data.years.length - 1]);
})();
