"use strict";
/* Sliders, numbers, switches: each change goes to `onChange(part, name, value, dragging)`. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { byId, element } = Steppe.elements, { plain } = Steppe.numbers;
  const STEPS = 95, PARTS = { lever: "levers", factor: "factors" };

  /* A slider and a field for the same number; the field says what is wrong with what is typed. */
  function slider({ id, name, words, about, low, high, value, standard, step, stops, onChange }) {
    const range = element("input", { type: "range", id, min: low, max: high, step, "aria-describedby": `${id}-about` });
    const field = element("input", { type: "number", min: low, max: high, step: "any", inputmode: "decimal", "aria-label": `${words} as a number`, "aria-describedby": `${id}-wrong` });
    const wrong = element("small", { id: `${id}-wrong`, className: "wrong", role: "alert" });
    /* A lever with stops takes the nearest of them. */
    const nearest = (number) => (stops ? stops.reduce((best, stop) => (Math.abs(stop - number) < Math.abs(best - number) ? stop : best)) : number);
    const mark = () => { row.classList.toggle("moved", Number(field.value) !== standard); };
    const show = (number) => { range.value = number; field.value = plain(number); range.setAttribute("aria-valuetext", plain(number)); wrong.textContent = ""; field.removeAttribute("aria-invalid"); mark(); };
    range.addEventListener("input", () => { const number = nearest(Number(range.value)); if (stops) range.value = number; field.value = plain(number); range.setAttribute("aria-valuetext", plain(number)); mark(); onChange(name, number, true); });
    range.addEventListener("change", () => onChange(name, nearest(Number(range.value)), false));
    field.addEventListener("change", () => {
      const typed = field.value.trim() === "" ? NaN : Number(field.value), number = nearest(typed);
      if (Number.isNaN(typed) || typed < low || typed > high) {
        wrong.textContent = `give a number from ${plain(low)} to ${plain(high)}`;
        field.setAttribute("aria-invalid", "true");
        return;
      }
      show(number);
      onChange(name, number, false);
    });
    const row = element("div", { className: "lever" }, element("label", { for: id }, words), field, range,
      element("span", { className: "ends", "aria-hidden": "true" }, element("span", {}, plain(low)), element("span", {}, plain(high))),
      element("small", { id: `${id}-about`, className: "note" }, about), wrong);
    show(value);
    return { row, show };
  }

  function controls({ onChange }) {
    let shows = { levers: new Map(), factors: new Map() }, built = null;
    function levers(scenario, question) {
      shows.levers = new Map();
      byId("levers").replaceChildren(...scenario.levers.map((lever, i) => {
        const made = slider({ ...lever, id: `lever-${i}`, words: lever.name, standard: lever.default,
          about: `${lever.meaning}; as shipped ${plain(lever.default)}${lever.stops ? `; stops at ${lever.stops.join(", ")}` : ""}`, value: question.levers[lever.name] ?? lever.default,
          step: lever.whole ? 1 : Number(((lever.high - lever.low) / STEPS).toPrecision(12)), onChange: (...rest) => onChange(PARTS.lever, ...rest) });
        shows.levers.set(lever.name, { ...made, standard: lever.default });
        return made.row;
      }));
      byId("no-levers").hidden = scenario.levers.length > 0;
    }
    function parameters(list, scenario, question) {
      shows.factors = new Map();
      byId("parameters").replaceChildren(...list.map((one, i) => {
        const standard = scenario.factors?.[one.name] ?? 1, fixed = (scenario.fixed ?? []).includes(one.name);
        if (fixed) return element("p", { className: "note" }, `${one.words}: set by the scenario.`);
        const made = slider({ id: `factor-${i}`, name: one.name, words: `${one.words} (${one.symbol})`, about: one.meaning + (one.stopped ? `; stops where members would break a guard of the model` : ""), low: one.low, high: one.high,
          value: question.factors[one.name] ?? standard, standard, step: 0.05, onChange: (...rest) => onChange(PARTS.factor, ...rest) });
        shows.factors.set(one.name, { ...made, standard });
        if (one.single) {
          const choice = element("select", { "aria-label": `members by ${one.words}`, onchange: () => onChange("keep", one.name, choice.value, false) },
            ...["", "lowest", "middle", "highest"].map((third) => element("option", { value: third }, third ? `its ${third} third` : "all members")));
          choice.value = question.keep[one.name] ?? "";
          made.row.append(choice);
          shows.factors.get(one.name).choice = choice;
        }
        return made.row;
      }));
    }
    function events(scenario, question) {
      byId("events").replaceChildren(...scenario.events.map((event, i) => {
        const box = element("input", { type: "checkbox", onchange: () => onChange("off", event.name, !box.checked, false) });
        box.checked = !question.off.includes(event.name);
        const when = element("span", { className: "when" }, `${event.when}: `);
        return element("label", { className: "event", "data-event": event.name }, box, element("span", {}, element("b", {}, `${i + 1} `), when, event.what));
      }));
      byId("no-events").hidden = scenario.events.length > 0;
    }
    return {
      /* Build what a scenario has; `scenario` as it ships, without changes. */
      build(scenario, list, question) {
        levers(scenario, question);
        events(scenario, question);
        parameters(list, scenario, question);
        byId("narrative").textContent = scenario.narrative;
        byId("sources").replaceChildren(...scenario.sources.map((source) => element("li", {}, source)));
        built = scenario;
      },
      /* Show the values of a question on what is built. */
      show(question) {
        for (const [name, one] of shows.levers) one.show(question.levers[name] ?? one.standard);
        for (const [name, one] of shows.factors) { one.show(question.factors[name] ?? one.standard); if (one.choice) one.choice.value = question.keep[name] ?? ""; }
        for (const label of byId("events").children) label.querySelector("input").checked = !question.off.includes(label.dataset.event);
      },
      /* The dates of events follow the levers. */
      date(events) {
        const now = new Map(events.map((event) => [event.name, event]));
        for (const label of byId("events").children) {
          const event = now.get(label.dataset.event);
          if (event) label.querySelector(".when").textContent = `${event.when}: `;
        }
      },
      get built() { return built; },
    };
  }
  Steppe.controls = controls;
})();
