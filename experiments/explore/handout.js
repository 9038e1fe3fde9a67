"use strict";
/* The handout: one printed page with the question, the levers, the chart, three findings, limits. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { byId, element, swatch } = Steppe.elements, { plain, count } = Steppe.numbers;
  const FINDINGS = 3;
  const LETTERS = [9.5, 9, 8.5, 8, 7.5, 7, 6.5, 6]; // points
  const ROOM = 245 / 25.4 * 96; // of Letter within margins, the shorter of the usual papers

  function settings(question, scenario, parameters) {
    const rows = scenario.levers.map((lever) => {
      const value = question.levers[lever.name] ?? lever.default;
      return `${lever.name} = ${plain(value)}${value === lever.default ? "" : ` (as shipped ${plain(lever.default)})`}: ${lever.meaning}`;
    });
    for (const one of parameters) {
      if (question.factors[one.name] !== undefined) rows.push(`${one.words} (${one.symbol}) times ${plain(question.factors[one.name])}`);
      if (question.keep[one.name]) rows.push(`only members in the ${question.keep[one.name]} third of ${one.words}`);
    }
    const off = scenario.events.filter((event) => question.off.includes(event.name));
    const all = [...rows, ...off.map((event) => `does not happen: ${event.what}`)];
    return all.length ? all : ["nothing: this scenario has no levers"];
  }
  function handout(picture, { question, view, scenario, parameters, about, charts }) {
    const answer = picture.answer, found = Steppe.findings.ranked(picture, view.year).slice(0, FINDINGS);
    const { lines } = charts.last.spec, banded = lines.some((line) => line.wide);
    const key = picture.cast.holders.filter((holder) => lines.some((line) => line.colour === holder.colour)).map((holder) => element("span", { className: "key" }, swatch(holder), `${holder.name} `));
    const events = answer.scenario.events.map((event) => element("li", {}, `${event.when}: ${event.what}`));
    byId("handout").replaceChildren(
      element("h1", {}, answer.scenario.title),
      element("p", {}, scenario.narrative),
      element("h2", {}, "What is set"), element("ul", {}, ...settings(question, scenario, parameters).map((row) => element("li", {}, row))),
      element("h2", {}, byId("picture-title").textContent), charts.copyOfBig(), element("p", { className: "keys" }, ...key),
      element("p", {}, byId("sentence").textContent),
      element("ol", { className: "events" }, ...events),
      element("h2", {}, `What changed by ${view.year}, against the baseline`),
      element("ol", {}, ...(found.length ? [] : [element("li", {}, "Nothing by half a percentage point or more.")]), ...found.map((one) => element("li", {}, `${one.holder.name}, ${one.republic}, ${one.channel}: ${Steppe.findings.words(one)}`))),
      element("h2", {}, "What this cannot tell"),
      element("p", {}, "Nobody has measured these shares. The bands cover what this model and five documents leave open, not what the model leaves out. This is a thought experiment, not a forecast."),
      element("p", { className: "note" }, `${count(answer.members)} members. ${banded ? "Line: median; dark band: the middle 50% of members, light band: the middle 90%" : "Line: share of members in which a power holds more than any other"}; dotted: baseline. Steppe ${about.version}, weights ${about.weights}.`));
    fit(byId("handout"));
  }
  /* The largest letters with which all of it is on one page. */
  function fit(page) {
    page.classList.add("measured");
    LETTERS.some((size) => { page.style.fontSize = `${size}pt`; return page.offsetHeight <= ROOM; });
    page.classList.remove("measured");
  }
  Steppe.handout = handout;
})();
