"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const QUANTILES = 5, CHART_HEIGHT = 330, HISTORY_ENDS = 2020;
  const YEAR_END = 0.875; // middle of the fourth quarter, as in the figures of a batch
  const names = Object.keys(data.scenarios);
  const state = { holders: new Set(data.holders.map((holder) => holder.name)), year: data.years[data.years.length - 1] };
  const unpackCache = new Map();
  let views = [];
  let renderCount = 0;

  /* Numbers */

  function unpack(text) {
    if (!unpackCache.has(text)) {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      unpackCache.set(text, new Int16Array(bytes.buffer));
    }
    return unpackCache.get(text);
  }
  const cellOf = (republic, channel, holder) =>
    (data.republics.indexOf(republic) * data.channels.length + data.channels.indexOf(channel)) * data.holders.length
    + data.holders.findIndex((item) => item.name === holder);
  function quantiles(name, holder, year) {
    const scenario = data.scenarios[name], position = year - data.years[0];
    if (position < 0 || position >= scenario.years) return null;
    const start = cellOf(state.republic, state.channel, holder) * QUANTILES * scenario.years;
    const packed = unpack(scenario.shares);
    if (packed[start + position] === data.missing) return null; // the scenario lacks the power or the republic
    return Array.from({ length: QUANTILES }, (_, row) => packed[start + row * scenario.years + position] / data.scale);
  }
  function differenceOf(one, other) {
    const forward = data.pairs[`${one}|${other}`], reversed = data.pairs[`${other}|${one}`], pair = forward || reversed;
    if (!pair) return null;
    const at = (cell) => {
      const [low, median, high, same] = unpack(pair.cells).subarray(cell * 4, cell * 4 + 4);
      if (median === data.missing) return null;
      const values = forward ? [low, median, high] : [-high, -median, -low];
      return { low: values[0] / data.scale, median: values[1] / data.scale, high: values[2] / data.scale, same: same / data.scale };
    };
    return { year: pair.year, members: pair.members, at };
  }
  const isNought = (text) => Number(text) === 0; // what rounds to nought has no sign
  const fixed = (value) => (isNought(value.toFixed(2)) ? "0.00" : value.toFixed(2));
  const signed = (value) => (isNought(value.toFixed(3)) ? "0" : (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3));
  const range = (low, high, write = fixed) => `${write(low)} to ${write(high)}`;
  const ABSENT = "not in this scenario";
  const percent = (value) => `${Math.round(100 * value)}%`;

  /* Elements: text from scenarios is inserted as text, never as HTML */

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "class") node.className = value;
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }
  function swatch(holder) {
    const node = element("span", { class: holder.name === "autonomy" ? "swatch dashed" : "swatch", "aria-hidden": "true" });
    node.style.borderTopColor = holder.colour;
    return node;
  }
  function table(caption, head, rows) {
    const columns = head.map((word, column) => element("th", { scope: "col", class: column ? "figure" : "" }, word));
    const body = rows.map((row) => element("tr", {}, ...row.map((cell, column) =>
      (column ? element("td", { class: "figure" }, cell) : element("th", { scope: "row" }, cell)))));
    return element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...columns)), element("tbody", {}, ...body));
  }
  const selectedHolders = () => data.holders.filter((holder) => state.holders.has(holder.name));
  const isThere = (name, holder) => quantiles(name, holder.name, data.years[0]) !== null;
  const holdersOf = (name) => selectedHolders().filter((holder) => isThere(name, holder));
  const selectedScenarios = () => [state.scenario, state.beside].filter((name, position, all) => name && all.indexOf(name) === position);
  const title = (name) => data.scenarios[name].title;

  /* Charts */

  function rowsOf(name, holder) {
    return data.years.slice(0, data.scenarios[name].years).map((year) => {
      const [low90, low50, median, high50, high90] = quantiles(name, holder.name, year);
      return { year: year + YEAR_END, holder: holder.name, low90, low50, median, high50, high90 };
    });
  }
  function shareCeiling() {
    const values = selectedScenarios().flatMap((name) => holdersOf(name).flatMap((holder) => rowsOf(name, holder).map((row) => row.high90)));
    return Math.min(1, Math.ceil(Math.max(0.05, ...values) * 20) / 20);
  }
  function endLabels(name, ceiling) {
    const year = data.years[data.scenarios[name].years - 1];
    const ends = holdersOf(name).map((holder) => ({ label: holder.code, holder: holder.name, year: year + YEAR_END, height: quantiles(name, holder.name, year)[2] }));
    ends.sort((one, other) => one.height - other.height);
    const gap = ceiling * 0.05; // so that no two labels touch
    ends.forEach((end, rank) => { if (rank) end.height = Math.max(end.height, ends[rank - 1].height + gap); });
    return ends;
  }
  function eventMarks(name) {
    const numbers = new Map();
    data.scenarios[name].events.forEach((event, index) => {
      if (event.year !== null) numbers.set(event.year, [...(numbers.get(event.year) || []), index + 1]);
    });
    return [...numbers].map(([year, group], row) => ({ year, label: group.join(", "), lane: row % 3 }));
  }
  function chartOf(name, width, ceiling) {
    const last = Math.max(...selectedScenarios().map((one) => data.years[data.scenarios[one].years - 1])) + 1;
    const x = { field: "year", type: "quantitative", scale: { domain: [data.years[0], last], nice: false },
      axis: { format: "d", title: null, grid: false, tickCount: Math.max(3, Math.floor(width / 90)) } };
    const y = { type: "quantitative", scale: { domain: [0, ceiling], nice: false }, axis: { title: "share", tickCount: 6, format: ".2~f" } };
    const color = { field: "holder", type: "nominal", legend: null,
      scale: { domain: data.holders.map((holder) => holder.name), range: data.holders.map((holder) => holder.colour) } };
    const band = (low, high, opacity) => ({ mark: { type: "area", opacity },
      encoding: { x, y: { ...y, field: low }, y2: { field: high }, color } });
    return {
      width, height: CHART_HEIGHT, autosize: { type: "fit", contains: "padding" }, background: null,
      params: [{ name: "pointed", value: state.year + YEAR_END }],
      data: { values: holdersOf(name).flatMap((holder) => rowsOf(name, holder)) },
      layer: [
        { data: { values: [{ year: HISTORY_ENDS }] }, mark: { type: "rule", strokeWidth: 1, opacity: 0.7 }, encoding: { x } },
        { data: { values: eventMarks(name) }, mark: { type: "rule", strokeDash: [2, 3], strokeWidth: 1 }, encoding: { x } },
        { data: { values: eventMarks(name) }, mark: { type: "text", align: "left", dx: 2, fontSize: 11, y: { expr: "9 + 12 * datum.lane" } }, encoding: { x, text: { field: "label" } } },
        band("low90", "high90", 0.13), band("low50", "high50", 0.24),
        { mark: { type: "line", strokeWidth: 2.2 }, encoding: { x, y: { ...y, field: "median" }, color,
          strokeDash: { field: "holder", type: "nominal", legend: null,
            scale: { domain: data.holders.map((holder) => holder.name), range: data.holders.map((holder) => (holder.name === "autonomy" ? [6, 3] : [1, 0])) } } } },
        { data: { values: endLabels(name, ceiling) }, mark: { type: "text", align: "left", dx: 5, fontSize: 11, clip: false },
          encoding: { x, y: { ...y, field: "height" }, text: { field: "label" } } },
        { data: { values: [{}] }, mark: { type: "rule", strokeWidth: 1.4 }, encoding: { x: { ...x, field: undefined, datum: { expr: "pointed" } } } },
      ],
      config: { font: "system-ui, sans-serif", view: { stroke: null }, axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" } },
    };
  }
  async function drawChart(figure, name, ceiling) {
    if (!data.holders.some((holder) => isThere(name, holder))) {
      figure.replaceChildren(element("p", { class: "notice" }, `${state.republic} is ${ABSENT}.`));
      return null;
    }
    const spec = chartOf(name, figure.clientWidth, ceiling);
    const container = element("div", { "aria-hidden": "true" });
    const result = await vegaEmbed(container, spec, { mode: "vega-lite", actions: false, renderer: "svg", ast: true, tooltip: false });
    container.className = ""; // the page has its own styles
    figure.replaceChildren(container);
    followPointer(figure, result.view, name);
    return result;
  }
  function followPointer(figure, view, name) {
    const tip = element("div", { class: "tip", hidden: "", "aria-hidden": "true" });
    figure.append(tip);
    const leave = () => { tip.hidden = true; };
    figure.onpointermove = figure.onpointerdown = (event) => {
      const box = figure.getBoundingClientRect(), start = view.origin()[0];
      const across = event.clientX - box.left - start;
      const year = Math.round(view.scale("x").invert(across) - YEAR_END);
      const last = data.years[data.scenarios[name].years - 1];
      setYear(Math.min(last, Math.max(data.years[0], year)));
      tip.replaceChildren(...tipLines(name));
      tip.hidden = false;
      const left = event.clientX - box.left;
      tip.style.left = left < box.width / 2 ? `${left + 14}px` : `${Math.max(0, left - tip.offsetWidth - 14)}px`;
    };
    figure.onpointerleave = leave;
    addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  }
  function tipLines(name) {
    const lines = selectedHolders().map((holder) => {
      const values = quantiles(name, holder.name, state.year);
      return element("div", {}, swatch(holder), values ? `${holder.name} ${fixed(values[2])} (${range(values[0], values[4])})` : `${holder.name} ${isThere(name, holder) ? "" : ABSENT}`);
    });
    return [element("strong", {}, `End of ${state.year}, median (90%)`), ...lines];
  }

  /* The page */

  function panel(name) {
    const scenario = data.scenarios[name], id = `panel-${names.indexOf(name)}`;
    const events = scenario.events.map((event) => element("li", {}, `${event.when}: ${event.what}`));
    const figure = element("figure", { class: "chart", role: "img", "aria-label": chartDescription(name) });
    const part = element("section", { class: "panel", "aria-labelledby": id }, element("h3", { id }, scenario.title), figure);
    const about = element("div", {}, events.length ? element("ol", { class: "events", "aria-label": "Events of this scenario" }, ...events)
      : element("p", { class: "note" }, "This scenario adds no event of its own."));
    if (scenario.members < scenario.asked) about.append(element("p", { class: "notice" }, `Unfinished: ${scenario.members} of ${scenario.asked} members.`));
    part.append(about, element("div", { class: "values" }));
    return part;
  }
  function chartDescription(name) {
    const last = data.years[data.scenarios[name].years - 1];
    const ends = selectedHolders().map((holder) => `${holder.name} ${isThere(name, holder) ? fixed(quantiles(name, holder.name, last)[2]) : ABSENT}`);
    return `Chart of shares in ${state.republic}, ${state.channel}, under ${title(name)}, ${data.years[0]} to ${last}. Medians at the end: ${ends.join(", ")}. The same numbers are in the tables below.`;
  }
  function valuesTable(name) {
    const rows = selectedHolders().map((holder) => {
      const shares = quantiles(name, holder.name, state.year);
      const button = element("button", { type: "button", class: "plain", onclick: () => openEvidence(holder.name) }, swatch(holder), holder.name,
        element("span", { class: "hidden" }, `: evidence for ${state.republic}, ${state.channel}`));
      return [button, ...(shares ? [fixed(shares[2]), range(shares[1], shares[3]), range(shares[0], shares[4])] : [isThere(name, holder) ? "–" : ABSENT, "–", "–"])];
    });
    return table(`${state.republic}, ${state.channel}, end of ${state.year}`, ["Holder", "Median", "50%", "90%"], rows);
  }
  function fillValues() {
    document.querySelectorAll("#panels .panel").forEach((part, index) => {
      const focused = part.contains(document.activeElement); // do not replace a table that has the focus
      if (!focused) part.querySelector(".values").replaceChildren(valuesTable(selectedScenarios()[index]));
    });
  }
  function fillDifference() {
    const [one, other] = selectedScenarios(), section = byId("difference");
    const difference = other && differenceOf(one, other);
    if (!other) { section.replaceChildren(); return; }
    if (!difference) { section.replaceChildren(element("p", { class: "notice" }, "These two scenarios have no members in common, so no difference can be taken.")); return; }
    const head = ["Holder", "Median", "90%", "Same sign"];
    const write = (item) => item === null ? ["not in both", "–", "–"] : [signed(item.median), range(item.low, item.high, signed), percent(item.same)];
    const here = data.holders.map((holder) => [element("span", {}, swatch(holder), holder.name), ...write(difference.at(cellOf(state.republic, state.channel, holder.name)))]);
    const note = `Taken in each of ${difference.members} members, which have the same parameters and the same noise in both scenarios. “Same sign” is the share of members in which the difference has the sign of the median.`;
    section.replaceChildren(
      element("h3", {}, `${title(one)} minus ${title(other)}, end of ${difference.year}`), element("p", { class: "note" }, note),
      element("div", { class: "wide" }, table(`${state.republic}, ${state.channel}`, head, here)),
      element("div", { class: "wide" }, table("Largest differences anywhere", head, largest(difference).map((item) => [item.button, ...write(item)]))));
  }
  function largest(difference) {
    const items = [];
    for (const republic of data.republics) for (const channel of data.channels) for (const holder of data.holders) {
      const found = difference.at(cellOf(republic, channel, holder.name));
      if (found) items.push({ republic, channel, holder, ...found });
    }
    items.sort((one, other) => Math.abs(other.median) - Math.abs(one.median));
    return items.slice(0, 5).map((item) => ({ ...item, button: element("button", { type: "button", class: "plain",
      onclick: () => pick({ republic: item.republic, channel: item.channel }) }, swatch(item.holder), `${item.holder.name}, ${item.republic}, ${item.channel}`) }));
  }
  function fillAllYears() {
    if (!byId("all-years").open) return;
    byId("all-years-tables").replaceChildren(...selectedScenarios().map((name) => {
      const years = data.years.slice(0, data.scenarios[name].years);
      const rows = years.map((year) => [String(year), ...selectedHolders().map((holder) => {
        const shares = quantiles(name, holder.name, year);
        return shares ? `${fixed(shares[2])} (${range(shares[0], shares[4])})` : ABSENT;
      })]);
      const caption = `${title(name)}: ${state.republic}, ${state.channel}, end of each year, median (90%)`;
      return element("div", { class: "wide", role: "region", tabindex: "0", "aria-label": caption }, table(caption, ["Year", ...selectedHolders().map((holder) => holder.name)], rows));
    }));
  }
  function setYear(year) {
    if (year === state.year) return;
    state.year = year;
    showYear();
  }
  function showYear() {
    byId("year").value = state.year;
    byId("year-shown").textContent = state.year;
    for (const view of views) view.signal("pointed", state.year + YEAR_END).runAsync();
    fillValues();
  }
  async function render() {
    const turn = renderCount += 1;
    byId("panels").replaceChildren(...selectedScenarios().map(panel));
    fillValues(); fillDifference(); fillAllYears();
    const ceiling = shareCeiling(), old = views;
    const results = await Promise.all([...document.querySelectorAll("#panels .chart")].map((figure, index) => drawChart(figure, selectedScenarios()[index], ceiling)));
    const drawn = results.filter(Boolean); // a republic that a scenario lacks has no chart
    if (turn !== renderCount) { drawn.forEach((result) => result.finalize()); return; }
    old.forEach((view) => view.finalize());
    views = drawn.map((result) => result.view);
    showYear();
    byId("status").textContent = `Shown: ${selectedScenarios().map(title).join(" and ")}, ${state.republic}, ${state.channel}`;
    document.body.dataset.drawn = String(turn); // for tests and print scripts: the charts are drawn
  }
  function pick(choice) {
    Object.assign(state, choice);
    for (const key of ["scenario", "beside", "republic", "channel"]) byId(key).value = state[key];
    return render();
  }

  /* Evidence */

  function openEvidence(holder) {
    byId("drawer-title").textContent = `${holder} in ${state.republic}, ${state.channel}`;
    byId("drawer-body").replaceChildren(...evidenceOf(holder));
    byId("drawer").showModal();
    byId("drawer-title").focus();
    byId("drawer").scrollTop = 0;
  }
  function evidenceOf(holder) {
    const evidence = data.evidence;
    const parts = evidence.changed ? [element("p", { class: "notice" }, "The claims shown were current when this page was written; the batch was run with others.")] : [];
    if (holder === "autonomy") {
      parts.push(element("p", {}, "Autonomy is what no power holds. It depends on the republic’s stance, needs and threats:"));
      const some = data.holders.map((item) => evidence.cells[`${item.name}|${state.republic}|${state.channel}`]).find(Boolean);
      return some ? [...parts, ...some.values.map((position) => evidence.values[position]).filter((value) => ["stance", "need", "threat"].includes(value.what)).map(valueOf)] : parts;
    }
    const cell = evidence.cells[`${holder}|${state.republic}|${state.channel}`];
    if (!cell) return [...parts, element("p", {}, "There is no claim about this: a scenario file added this power or republic.")];
    return [...parts, ...cell.values.map((position) => valueOf(evidence.values[position])),
      ...listSection("Past events that act here", cell.events.map((event) => `${event.when}: ${event.what}`)),
      ...listSection("Contradictions between claims", cell.contradictions),
      element("h3", {}, "Claims that test this cell"), ...(cell.targets.length ? cell.targets.map(claimOf) : [element("p", {}, "none")])];
  }
  const MEANING = {
    tie: "how closely the two are tied here, from 0 to 1", interest: "how much the power cares, from 0 to 1", need: "how much the republic needs from outside, from 0 to 1",
    supply: "how much the power can offer, from 0 to 1", budget: "logarithm of the power’s means in the region relative to 2000, where 0.20 is 22% more", stance: "how guarded the republic is towards all patrons",
    threat: "how far the regime is threatened, from 0 to 1",
  };
  const listSection = (heading, items) => [element("h3", {}, heading), items.length ? element("ul", {}, ...items.map((item) => element("li", {}, item))) : element("p", {}, "none")];
  function valueOf(value) {
    const about = value.status === "coded" ? value.how : `${value.status}: ${value.how}`;
    return element("section", {}, element("h3", {}, `${value.what} ${value.over_time}`), element("p", { class: "note" }, [MEANING[value.what], about].filter(Boolean).join("; ")), ...value.claims.map(claimOf));
  }
  function claimOf(position) {
    const claim = data.evidence.claims[position];
    const where = `${data.evidence.documents[claim.document] || claim.document} (${claim.document}), ${claim.where}`;
    const level = claim.level === null ? "" : `level ${claim.level}${claim.codings.includes(null) ? "" : ` (coded ${claim.codings.join(" and ")})`}; `;
    return element("div", { class: "claim" }, element("p", {}, claim.says), element("p", { class: "note" }, `${where}. ${level}confidence ${claim.confidence}; ${claim.id}`));
  }

  /* Start */

  function fillSelect(id, options) {
    byId(id).replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    byId(id).addEventListener("change", () => pick({ [id]: byId(id).value }));
  }
  fillSelect("scenario", names.map((name) => [name, title(name)]));
  fillSelect("beside", [["", "none"], ...names.map((name) => [name, title(name)])]);
  fillSelect("republic", data.republics.map((name) => [name, name]));
  fillSelect("channel", data.channels.map((name) => [name, name]));
  byId("holders").append(...data.holders.map((holder) => {
    const box = element("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => {
      if (!box.checked && state.holders.size === 1) { box.checked = true; return; } // keep at least one
      state.holders[box.checked ? "add" : "delete"](holder.name);
      render();
    });
    return element("label", {}, box, element("span", {}, swatch(holder), holder.name));
  }));
  Object.assign(byId("year"), { min: data.years[0], max: data.years[data.years.length - 1] });
  byId("year").addEventListener("input", () => setYear(Number(byId("year").value)));
  byId("drawer-close").addEventListener("click", () => byId("drawer").close());
  byId("drawer").addEventListener("click", (event) => { if (event.target === byId("drawer")) byId("drawer").close(); });
  byId("all-years").addEventListener("toggle", fillAllYears);
  document.querySelectorAll("button.show").forEach((button) => button.addEventListener("click", () => {
    pick({ ...button.dataset });
    byId("explore-title").scrollIntoView();
    byId("explore-title").focus({ preventScroll: true });
  }));
  let width = innerWidth, timer;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // on a phone, the address bar appears and disappears
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(render, 150);
  });
  const first = document.querySelector("button.show");
  pick({ scenario: names[names.length - 1], beside: names.length > 1 && names.includes(data.baseline) && names[names.length - 1] !== data.baseline ? data.baseline : "",
    republic: data.republics[0], channel: data.channels[0], ...(first ? first.dataset : {}) });
})();
