"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { byId, element, swatch, table, pointerNote } = window.Steppe.elements;
  const evidence = window.Steppe.evidence.evidenceOf(data.evidence);
  const QUANTILES = 5, HISTORY_ENDS = 2020;
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
    const cells = data.republics.length * data.channels.length * data.holders.length;
    const everyYear = pair.by_year && unpack(pair.by_year), position = state.year - data.years[0];
    const within = everyYear && position < everyYear.length / (4 * cells); // else only the last year is known
    const at = (cell) => {
      const [low, median, high, same] = within ? everyYear.subarray((position * cells + cell) * 4, (position * cells + cell) * 4 + 4)
        : unpack(pair.cells).subarray(cell * 4, cell * 4 + 4);
      if (median === data.missing) return null;
      const values = forward ? [low, median, high] : [-high, -median, -low];
      return { low: values[0] / data.scale, median: values[1] / data.scale, high: values[2] / data.scale, same: same / data.scale };
    };
    return { year: within ? state.year : pair.year, fixed: !pair.by_year, members: pair.members, at };
  }
  const isNought = (text) => Number(text) === 0; // what rounds to nought has no sign
  const fixed = (value) => (isNought(value.toFixed(2)) ? "0.00" : value.toFixed(2));
  const signed = (value) => (isNought(value.toFixed(3)) ? "0" : (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3));
  const range = (low, high, write = fixed) => `${write(low)} to ${write(high)}`;
  const ABSENT = "not in this scenario";
  const percent = (value) => `${Math.round(100 * value)}%`;

  const selectedHolders = () => data.holders.filter((holder) => state.holders.has(holder.name));
  const isThere = (name, holder) => quantiles(name, holder.name, data.years[0]) !== null;
  const holdersOf = (name) => selectedHolders().filter((holder) => isThere(name, holder));
  const selectedScenarios = () => [state.scenario, state.beside].filter((name, position, all) => name && all.indexOf(name) === position);
  const title = (name) => data.scenarios[name].title;

  /* Charts */

  function quantilesOver(name, holder) {
    const rows = data.years.slice(0, data.scenarios[name].years).map((year) => quantiles(name, holder.name, year));
    return Array.from({ length: QUANTILES }, (_, q) => rows.map((row) => row[q]));
  }
  function shareCeiling() {
    const values = selectedScenarios().flatMap((name) => holdersOf(name).flatMap((holder) => quantilesOver(name, holder)[QUANTILES - 1]));
    return Math.min(1, Math.ceil(Math.max(0.05, ...values) * 20) / 20);
  }
  function eventMarks(name) {
    const numbers = new Map();
    data.scenarios[name].events.forEach((event, index) => {
      if (event.year !== null) numbers.set(event.year, [...(numbers.get(event.year) || []), index + 1]);
    });
    return [...numbers].sort(([one], [other]) => one - other).map(([at, group]) => ({ at, label: group.join(",") }));
  }
  function bandedHolders() { // at most two, since more turn to mud: those that differ most, or are largest
    const [one, other] = selectedScenarios(), pair = other && differenceOf(one, other), last = data.years[data.scenarios[one].years - 1];
    const sizeOf = (holder) => {
      const found = pair && pair.at(cellOf(state.republic, state.channel, holder.name)), level = quantiles(one, holder.name, last);
      return found ? Math.abs(found.median) : level ? level[2] : 0;
    };
    return selectedHolders().map((holder) => [sizeOf(holder), holder.name]).sort((first, second) => second[0] - first[0]).slice(0, 2).map((row) => row[1]);
  }
  function chartOf(name, top) {
    const last = Math.max(...selectedScenarios().map((one) => data.years[data.scenarios[one].years - 1])) + 1, banded = bandedHolders();
    const lines = holdersOf(name).map((holder) => {
      const rows = quantilesOver(name, holder), own = holder.name === "autonomy";
      const bands = banded.includes(holder.name) ? { wide: [rows[0], rows[4]], narrow: [rows[1], rows[3]] } : {};
      return { ...bands, values: rows[2], colour: holder.colour, dashed: own, label: own ? "own" : holder.code };
    });
    return { x: data.years.slice(0, data.scenarios[name].years).map((year) => year + YEAR_END), span: [data.years[0], last], lines, bottom: 0, top, write: fixed,
      ticks: Array.from({ length: 30 }, (_, i) => 2000 + 5 * i).filter((tick) => tick >= data.years[0] && tick < last && (tick % 10 === 0 || last - data.years[0] < 20)),
      rule: HISTORY_ENDS, marks: eventMarks(name) };
  }
  function drawChart(figure, name, ceiling) {
    if (!data.holders.some((holder) => isThere(name, holder))) {
      figure.replaceChildren(element("p", { class: "notice" }, `${state.republic} is ${ABSENT}.`));
      return null;
    }
    const chart = window.Steppe.chart({ width: 760, height: 340, full: true }), spec = chartOf(name, ceiling);
    figure.replaceChildren(chart.svg);
    followPointer(figure, chart, name);
    return { show: () => chart.update({ ...spec, pointed: state.year + YEAR_END }) };
  }
  function followPointer(figure, chart, name) {
    const showNote = pointerNote(figure);
    figure.onpointermove = figure.onpointerdown = (event) => {
      const year = Math.round(chart.at(event.clientX) - YEAR_END), last = data.years[data.scenarios[name].years - 1];
      setYear(Math.min(last, Math.max(data.years[0], year)));
      showNote(event, ...noteLines(name));
    };
  }
  function noteLines(name) {
    const lines = selectedHolders().map((holder) => {
      const values = quantiles(name, holder.name, state.year);
      return element("div", {}, swatch(holder), values ? `${holder.name} ${fixed(values[2])} (${range(values[0], values[4])})` : `${holder.name} ${isThere(name, holder) ? "" : ABSENT}`);
    });
    return [element("strong", {}, `End of ${state.year}, median (90%)`), ...lines];
  }

  /* The page */

  function narrativeOf(scenario) {
    const parts = scenario.narrative ? [element("p", { class: "narrative" }, scenario.narrative)] : [];
    if (scenario.sources.length) {
      parts.push(element("details", {}, element("summary", {}, `Sources of this scenario (${scenario.sources.length})`),
        element("ul", {}, ...scenario.sources.map((source) => element("li", {}, source)))));
    }
    return parts;
  }
  function panel(name) {
    const scenario = data.scenarios[name], id = `panel-${names.indexOf(name)}`;
    const events = scenario.events.map((event) => element("li", {}, `${event.when}: ${event.what}`));
    const figure = element("figure", { class: "chart", role: "img", "aria-label": chartDescription(name) });
    const part = element("section", { class: "panel", "aria-labelledby": id }, element("h3", { id }, scenario.title), figure);
    const about = element("div", {}, ...narrativeOf(scenario), events.length ? element("ol", { class: "events", "aria-label": "Events of this scenario" }, ...events)
      : element("p", { class: "note" }, "This scenario adds no event of its own."));
    if (scenario.note) about.append(element("p", { class: "notice" }, `${scenario.note}.`));
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
      const button = element("button", { type: "button", class: "plain", onclick: () => evidence.open(holder.name, state.republic, state.channel) }, swatch(holder), holder.name,
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
    const note = `Taken in each of ${difference.members} members, which have the same parameters and the same noise in both scenarios. “Same sign” is the share of members in which the difference has the sign of the median.${difference.fixed ? " Without the baseline, only the last year is known." : ""}`;
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
    savePicksSoon();
  }
  function showYear() {
    byId("year").value = state.year;
    byId("year-shown").textContent = state.year;
    for (const view of views) view.show();
    fillValues();
    if (!byId("difference").contains(document.activeElement)) fillDifference();
  }
  function render() {
    const turn = renderCount += 1;
    byId("panels").replaceChildren(...selectedScenarios().map(panel));
    fillValues(); fillDifference(); fillAllYears();
    const ceiling = shareCeiling();
    views = [...document.querySelectorAll("#panels .chart")].map((figure, index) => drawChart(figure, selectedScenarios()[index], ceiling)).filter(Boolean); // a republic that a scenario lacks has no chart
    showYear();
    byId("status").textContent = `Shown: ${selectedScenarios().map(title).join(" and ")}, ${state.republic}, ${state.channel}`;
    if (turn > 1) savePicksSoon(); // an address that led to a section is kept until a choice is made
    document.body.dataset.drawn = String(turn); // for tests and print scripts: the charts are drawn
  }
  function pick(choice) {
    Object.assign(state, choice);
    for (const key of ["scenario", "beside", "republic", "channel"]) byId(key).value = state[key];
    render();
  }

  /* The address */

  const PICKS = ["scenario", "beside", "republic", "channel"];
  let saving;
  function savePicks() {
    const hidden = data.holders.filter((holder) => !state.holders.has(holder.name)).map((holder) => holder.name);
    const picks = new URLSearchParams([...PICKS.map((key) => [key, state[key]]), ["year", state.year], ...hidden.map((name) => ["hide", name])]);
    history.replaceState(null, "", `#${picks}`);
  }
  function savePicksSoon() { // browsers limit how often an address may change
    clearTimeout(saving);
    saving = setTimeout(savePicks, 250);
  }
  function savedPicks() {
    const picks = new URLSearchParams(location.hash.slice(1)), known = { scenario: names, beside: ["", ...names], republic: data.republics, channel: data.channels };
    const year = Number(picks.get("year")), hidden = new Set(picks.getAll("hide"));
    if (data.years.includes(year)) state.year = year;
    const shown = data.holders.map((holder) => holder.name).filter((name) => !hidden.has(name));
    if (shown.length) state.holders = new Set(shown);
    return Object.fromEntries(PICKS.filter((key) => known[key].includes(picks.get(key))).map((key) => [key, picks.get(key)]));
  }

  /* Start */

  function fillSelect(id, options) {
    byId(id).replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    byId(id).addEventListener("change", () => pick({ [id]: byId(id).value }));
  }
  const saved = savedPicks();
  fillSelect("scenario", names.map((name) => [name, title(name)]));
  fillSelect("beside", [["", "none"], ...names.map((name) => [name, title(name)])]);
  fillSelect("republic", data.republics.map((name) => [name, name]));
  fillSelect("channel", data.channels.map((name) => [name, name]));
  byId("holders").append(...data.holders.map((holder) => {
    const box = element("input", { type: "checkbox", ...(state.holders.has(holder.name) ? { checked: "" } : {}) });
    box.addEventListener("change", () => {
      if (!box.checked && state.holders.size === 1) { box.checked = true; return; } // keep at least one
      state.holders[box.checked ? "add" : "delete"](holder.name);
      render();
    });
    return element("label", {}, box, element("span", {}, swatch(holder), holder.name));
  }));
  Object.assign(byId("year"), { min: data.years[0], max: data.years[data.years.length - 1] });
  byId("year").addEventListener("input", () => setYear(Number(byId("year").value)));
  window.Steppe.evidence.closable();
  byId("all-years").addEventListener("toggle", fillAllYears);
  const cellOfButton = ({ scenario, beside, republic, channel }) => ({ scenario, beside, republic, channel });
  document.querySelectorAll("button.show").forEach((button) => {
    const { holder, republic, channel } = button.dataset;
    button.after(" ", element("button", { type: "button", class: "plain grade",
      onclick: () => { pick(cellOfButton(button.dataset)); evidence.open(holder, republic, channel); } }, evidence.grade(holder, republic, channel)));
  });
  document.querySelectorAll("button.show").forEach((button) => button.addEventListener("click", () => {
    pick(cellOfButton(button.dataset));
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
    republic: data.republics[0], channel: data.channels[0], ...(first ? cellOfButton(first.dataset) : {}), ...saved });
})();
