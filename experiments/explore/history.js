"use strict";
/* What is asked and looked at: undo, redo, and the link that restores both.

   A question has scenario, levers, factors, off and keep, and perhaps the text of a scenario; a view has chart, republic, channel,
   year and hidden. A link names them in the fragment of the address, which no browser sends. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const LONGEST = 8000, MOST = 300;
  const fresh = (scenario) => ({ scenario, levers: {}, factors: {}, off: [], keep: {} });
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function write(question, view, about) {
    const parts = new URLSearchParams({ scenario: question.scenario });
    for (const [name, value] of Object.entries(question.levers)) parts.append(`lever.${name}`, value);
    for (const [name, value] of Object.entries(question.factors)) parts.append(`factor.${name}`, value);
    for (const [name, third] of Object.entries(question.keep)) parts.append(`keep.${name}`, third);
    if (question.text) parts.append("text", question.text);
    for (const name of question.off) parts.append("off", name);
    for (const name of view.hidden) parts.append("hide", name);
    for (const name of ["chart", "republic", "channel", "year"]) parts.append(name, view[name]);
    parts.append("steppe", about.version);
    parts.append("parameters", about.weights);
    return `#${parts}`;
  }
  /* The question and the view of a fragment; null if it holds none. */
  function read(fragment, view) {
    if (fragment.length < 2 || fragment.length > LONGEST) return null;
    const parts = new URLSearchParams(fragment.slice(1));
    if (!parts.get("scenario")) return null;
    const question = fresh(parts.get("scenario"));
    if (parts.get("text")) question.text = parts.get("text");
    const found = { ...view, hidden: parts.getAll("hide") };
    for (const [key, value] of [...parts].slice(0, MOST)) {
      const [kind, ...rest] = key.split("."), name = rest.join(".");
      const number = Number(value);
      if (kind === "lever" && Number.isFinite(number)) question.levers[name] = number;
      if (kind === "factor" && Number.isFinite(number)) question.factors[name] = number;
      if (kind === "keep") question.keep[name] = value;
      if (key === "off") question.off.push(value);
      if (["chart", "republic", "channel"].includes(key)) found[key] = value;
      if (key === "year" && Number.isInteger(number)) found.year = number;
    }
    question.off.sort();
    return { question, view: found, about: { version: parts.get("steppe"), weights: parts.get("parameters") } };
  }

  /* `now` is the question shown; while a lever is dragged it differs from the last one kept. */
  function history(first) {
    let past = [], future = [], kept = first, now = first;
    return {
      get now() { return now; },
      get kept() { return kept; },
      get canUndo() { return past.length > 0; },
      get canRedo() { return future.length > 0; },
      drag(question) { now = question; },
      keep(question) {
        now = question;
        if (same(question, kept)) return false;
        past = [...past, kept].slice(-MOST);
        future = [];
        kept = question;
        return true;
      },
      amend(question) { now = kept = question; },
      undo() { if (past.length) { future.push(kept); now = kept = past.pop(); } return now; },
      redo() { if (future.length) { past.push(kept); now = kept = future.pop(); } return now; },
      before: () => past[past.length - 1],
    };
  }
  Steppe.history = { history, write, read, fresh, same, LONGEST };
})();
