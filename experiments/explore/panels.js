"use strict";
/* The charts: what each kind shows, the large one, and a small one for every republic and channel. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { byId, element, swatch, table } = Steppe.elements, { fixed, signed, percent, plain } = Steppe.numbers;
  const MEDIAN = 2, HISTORY_ENDS = 2020, YEAR_END = 0.875;
  const KINDS = { shares: "shares", difference: "difference", leads: "chance to lead", trade: "trade", map: "map of the largest shares" };
  const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight"];
  const ALONG = "along."; // and the name of a lever

  const rowOf = (length, at) => Array.from({ length }, (_, i) => at(i));
  const shownHolders = (picture, view) => picture.cast.holders.map((holder, h) => ({ ...holder, h })).filter((holder) => !view.hidden.includes(holder.name));
  const ceiling = (values, least = 0.1) => Math.min(1, Math.ceil(Math.max(least, ...values.filter((number) => !Number.isNaN(number))) * 20 + 0.2) / 20);
  const lineOf = (holder) => ({ colour: holder.colour, dashed: holder.name === "autonomy", label: holder.code === "autonomy" ? "own" : holder.code });

  /* Specifications of charts, by kind */
  function timeAxis(picture) {
    const x = picture.years.map((year) => year + YEAR_END), last = x[x.length - 1] + 1 - YEAR_END;
    return { x, span: [2000, last], ticks: [2000, 2010, 2020, 2030, 2040, 2050].filter((tick) => tick <= last), rule: HISTORY_ENDS };
  }
  function eventMarks(picture) {
    const marks = new Map();
    picture.answer.scenario.events.forEach((event, i) => { if (event.year !== null) marks.set(event.year, [...(marks.get(event.year) ?? []), i + 1]); });
    return [...marks].sort(([one], [other]) => one - other).map(([at, numbers]) => ({ at, label: numbers.join(",") }));
  }
  function shareSpec(picture, view, r, c) {
    const Y = picture.years.length, lines = shownHolders(picture, view).map((holder) => {
      const at = (q) => rowOf(Y, (y) => picture.share(r, c, holder.h, q, y));
      return { ...lineOf(holder), wide: [at(0), at(4)], narrow: [at(1), at(3)], values: at(MEDIAN), base: rowOf(Y, (y) => picture.base(r, c, holder.h, y)) };
    });
    return { ...timeAxis(picture), lines, bottom: 0, top: ceiling(lines.flatMap((line) => [...line.wide[1], ...line.base])), write: fixed };
  }
  function differenceSpec(picture, view, r, c) {
    const axis = timeAxis(picture), from = Math.max(0, Math.min(picture.first, 19) - 1), Y = picture.years.length - from;
    const lines = shownHolders(picture, view).map((holder) => {
      const at = (k) => rowOf(Y, (y) => picture.difference(r, c, holder.h, k, y + from));
      return { ...lineOf(holder), wide: [at(0), at(2)], values: at(1) };
    });
    const all = lines.flatMap((line) => line.wide.flat()).filter((number) => !Number.isNaN(number));
    const reach = Math.max(0.05, ...all.map(Math.abs)), step = Math.ceil(reach * 20) / 20;
    const start = picture.years[from];
    return { ...axis, x: axis.x.slice(from), span: [start, axis.span[1]], ticks: [2000, 2005, 2010, 2015, 2020, 2025, 2030, 2035, 2040].filter((tick) => tick > start && tick < axis.span[1]), lines, bottom: -step, top: step, write: signed };
  }
  function leadSpec(picture, view, r, c) {
    const Y = picture.years.length, lines = shownHolders(picture, view).filter((holder) => holder.name !== "autonomy").map((holder) => (
      { ...lineOf(holder), values: rowOf(Y, (y) => picture.lead(r, c, holder.h, y)), base: rowOf(Y, (y) => picture.baseLead(r, c, holder.h, y)) }));
    return { ...timeAxis(picture), lines, bottom: 0, top: 1, write: percent };
  }
  function alongSpec(picture, view, r, c, along) {
    const N = along.values.length, lines = shownHolders(picture, view).filter((holder) => holder.name !== "autonomy").map((holder) => (
      { ...lineOf(holder), values: rowOf(N, (n) => along.lead(r, c, holder.h, n)) }));
    const pointed = picture.answer.scenario.levers.find((lever) => lever.name === along.lever)?.value;
    return { x: along.values, span: [along.values[0], along.values[N - 1]], ticks: Steppe.chart.ticks(along.values[0], along.values[N - 1]), lines, bottom: 0, top: 1, write: percent, pointed };
  }
  function tradeSpec(picture, view, r, name) {
    const Y = picture.years.length, lines = shownHolders(picture, view).filter((holder) => holder.name !== "autonomy").map((holder) => {
      const at = (q) => rowOf(Y, (y) => picture.observed(name, r, holder.h, q, y));
      return { ...lineOf(holder), wide: [at(0), at(4)], narrow: [at(1), at(3)], values: at(MEDIAN), base: rowOf(Y, (y) => picture.baseObserved(name, r, holder.h, y)) };
    });
    return { ...timeAxis(picture), lines, bottom: 0, top: 1, write: percent };
  }
  const SPECS = { shares: shareSpec, difference: differenceSpec, leads: leadSpec, trade: shareSpec, map: shareSpec };

  /* Sentences that say what a chart shows */
  function crossing(along, r, c, p) {
    const N = along.values.length, at = (n) => along.lead(r, c, p, n);
    for (let n = 1; n < N; n += 1) {
      if ((at(n - 1) < 0.5) === (at(n) < 0.5)) continue;
      return { value: along.values[n - 1] + (0.5 - at(n - 1)) / (at(n) - at(n - 1)) * (along.values[n] - along.values[n - 1]), rising: at(n) >= 0.5 };
    }
    return null;
  }
  function alongSentence(picture, r, c, along) {
    const year = picture.years[picture.years.length - 1], lever = along.lever, N = along.values.length;
    const likely = [], never = [], before = [];
    picture.cast.holders.slice(0, -1).forEach((holder, p) => {
      const base = picture.baseLead(r, c, p, picture.years.length - 1);
      if (base >= 0.005) before.push(`${holder.name} ${percent(base)}`);
      const found = crossing(along, r, c, p), chances = along.values.map((_, n) => along.lead(r, c, p, n));
      if (found) likely.push(`${holder.name} is more likely than not to lead from about ${lever} ${along.values[N - 1] > 100 ? Math.round(found.value) : found.value.toFixed(2)} ${found.rising ? "upwards" : "downwards"}`);
      else if (Math.min(...chances) >= 0.5) likely.push(`${holder.name} is more likely than not to lead at every ${lever}`);
      else never.push(`${holder.name} (at most ${percent(Math.max(...chances))})`);
    });
    if (never.length) likely.push(`at no ${lever}: ${never.join(", ")}`);
    return `End of ${year}, ${lever} from ${plain(along.values[0])} to ${plain(along.values[N - 1])}: ${likely.join("; ")}. ${Steppe.numbers.count(along.members)} members at each of ${N} values of ${lever}, straight lines between them; all else as set, the events too. In the baseline: ${before.join(", ")}.`;
  }
  function leadSentence(picture, view, r, c) {
    const y = picture.years.indexOf(view.year), parts = picture.cast.holders.slice(0, -1)
      .map((holder, p) => ({ name: holder.name, here: picture.lead(r, c, p, y), base: picture.baseLead(r, c, p, y) }))
      .filter((one) => one.here >= 0.005 || one.base >= 0.005).sort((one, other) => other.here - one.here)
      .map((one) => `${one.name} ${percent(one.here)} (baseline ${percent(one.base)})`);
    return `Holds the largest share of the powers at the end of ${view.year}, in so many members: ${parts.join(", ")}.`;
  }

  /* Drawing */
  function panels({ view, borders, onCell, onHolder }) {
    const big = Steppe.chart({ width: 760, height: 340, full: true }), beside = Steppe.chart({ width: 760, height: 340, full: true });
    const figure = element("figure", { className: "main-chart" }, big.svg), second = element("figure", { className: "main-chart", hidden: true }, element("figcaption", {}), beside.svg);
    const map = Steppe.map.map(borders, (republic) => onCell(republic)), third = element("figure", { className: "main-chart", hidden: true }, map.svg);
    byId("big").append(figure, second, third);
    let small = [], cast = "", last = null;
    function build(picture) {
      cast = JSON.stringify(picture.cast);
      small = picture.cast.republics.flatMap((republic, r) => picture.cast.channels.map((channel, c) => {
        const one = Steppe.chart({ width: 230, height: 92, full: false });
        const button = element("button", { type: "button", "aria-pressed": "false", onclick: () => onCell(republic, channel) }, element("span", {}, `${republic}, ${channel}`), one.svg);
        return { ...one, button, r, c };
      }));
      byId("small").replaceChildren(...small.map((one) => one.button));
      byId("small").style.setProperty("--columns", picture.cast.channels.length);
      byId("holders").replaceChildren(...picture.cast.holders.map((holder) => {
        const box = element("input", { type: "checkbox", onchange: () => view.toggle(holder.name) });
        box.checked = !view.now.hidden.includes(holder.name);
        return element("label", {}, box, swatch(holder), holder.name);
      }));
    }
    function describe(picture, r, c, kind, along) {
      const where = kind === "map" ? picture.cast.channels[c] : `${picture.cast.republics[r]}, ${picture.cast.channels[c]}`, titles = { difference: "difference from the baseline", trade: "influence, and trade beside it" };
      byId("picture-title").textContent = kind === "map" ? `Largest shares of powers: ${where}` : `${where}: ${kind.startsWith(ALONG) ? `chance to lead, by ${kind.slice(ALONG.length)}` : titles[kind] ?? KINDS[kind]}`;
      byId("sentence").textContent = along ? alongSentence(picture, r, c, along) : kind.startsWith(ALONG) ? "Runs along this lever are on their way …" : kind === "leads" ? leadSentence(picture, view.now, r, c) : kind === "map" ? Steppe.map.sentence(picture, c, view.now.year) : "";
    }
    function values(picture, r, c) {
      const y = picture.years.indexOf(view.now.year);
      const republic = picture.cast.republics[r], channel = picture.cast.channels[c];
      const button = (holder) => element("button", { type: "button", class: "plain", "aria-haspopup": "dialog", onclick: () => onHolder(holder.name, republic, channel) }, holder.name, element("span", { class: "hidden" }, ": evidence"));
      const rows = picture.cast.holders.map((holder, h) => [button(holder), fixed(picture.share(r, c, h, MEDIAN, y)), `${fixed(picture.share(r, c, h, 0, y))} to ${fixed(picture.share(r, c, h, 4, y))}`, fixed(picture.base(r, c, h, y)), signed(picture.difference(r, c, h, 1, y))]);
      byId("table").replaceChildren(table(`${republic}, ${channel}, end of ${view.now.year}`, ["Holder", "Median", "90%", "Baseline", "Diff."], rows));
    }
    return {
      /* Kinds of charts that there are for a picture, with their words. */
      kinds(picture) {
        const { levers } = picture.answer.scenario;
        return [...Object.entries(KINDS).filter(([kind]) => kind !== "trade" || picture.observables.length), ...levers.map((lever) => [ALONG + lever.name, `chance to lead, by ${lever.name}`])];
      },
      draw(picture, lines) {
        if (cast !== JSON.stringify(picture.cast)) build(picture);
        const now = view.now, kind = now.chart, along = lines.get(kind.slice(ALONG.length)) ?? null, r = picture.cast.republics.indexOf(now.republic), c = kind === "trade" ? 0 : picture.cast.channels.indexOf(now.channel);
        const specOf = (row, column) => (along ? alongSpec(picture, now, row, column, along) : (SPECS[kind] ?? leadSpec)(picture, now, row, column));
        const spec = specOf(r, c);
        if (!along) { spec.marks = eventMarks(picture); spec.pointed = now.year + YEAR_END; }
        big.update(spec);
        figure.hidden = kind === "map";
        third.hidden = kind !== "map";
        if (kind === "map") map.update(picture, now, c);
        second.hidden = kind !== "trade" || !picture.observables.length;
        if (!second.hidden) { beside.update({ ...tradeSpec(picture, now, r, picture.observables[0]), pointed: now.year + YEAR_END }); second.firstChild.textContent = `Share of each power in what the four of them have in ${picture.observables[0]} with ${picture.cast.republics[r]}`; }
        for (const one of small) { one.update(specOf(one.r, one.c)); one.button.setAttribute("aria-pressed", String(one.r === r && one.c === c)); }
        describe(picture, r, c, kind, along);
        values(picture, r, c);
        last = { picture, spec };
      },
      copyOfBig: () => (third.hidden ? big.svg : map.svg).cloneNode(true),
      /* The picture as a file of its own, and the table as lines with tabs between columns. */
      asPicture() {
        const shown = third.hidden ? big.svg : map.svg, copy = shown.cloneNode(true), own = [...shown.querySelectorAll("*")];
        [...copy.querySelectorAll("*")].forEach((node, i) => {
          const style = getComputedStyle(own[i]);
          for (const name of STYLED) node.style.setProperty(name, style.getPropertyValue(name));
        });
        copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
        copy.style.background = getComputedStyle(document.body).backgroundColor;
        copy.prepend(Steppe.elements.shape("title", {}, byId("picture-title").textContent));
        return copy.outerHTML;
      },
      asText: () => [...byId("table").querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => (cell.querySelector("button")?.firstChild ?? cell).textContent).join("\t")).join("\n"),
      get last() { return last; },
    };
  }
  Steppe.panels = panels;
})();
