"use strict";
/* What the numbers of a cell rest on: its coded inputs and their claims, in a drawer beside the page.

   `evidence` is what `evidence_of_cells` gives: cells refer to values and claims by position. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { byId, element } = Steppe.elements;
  const MEANING = {
    tie: "how closely the two are tied here, from 0 to 1", interest: "how much the power cares, from 0 to 1", need: "how much the republic needs from outside, from 0 to 1",
    supply: "how much the power can offer, from 0 to 1", budget: "logarithm of the power’s means in the region relative to 2000, where 0.20 is 22% more", stance: "how guarded the republic is towards all patrons",
    threat: "how far the regime is threatened, from 0 to 1",
  };
  const listSection = (heading, items) => [element("h3", {}, heading), items.length ? element("ul", {}, ...items.map((item) => element("li", {}, item))) : element("p", {}, "none")];

  function evidenceOf(evidence) {
    const valuesAt = (cell) => (cell ? cell.values.map((position) => evidence.values[position]) : []);
    function valuesOf(holder, republic, channel) {
      if (holder !== "autonomy") return valuesAt(evidence.cells[`${holder}|${republic}|${channel}`]);
      const some = Object.keys(evidence.cells).find((key) => key.endsWith(`|${republic}|${channel}`));
      return valuesAt(evidence.cells[some]).filter((value) => ["stance", "need", "threat"].includes(value.what));
    }
    function grade(holder, republic, channel) {
      const values = valuesOf(holder, republic, channel), coded = values.filter((value) => value.status === "coded").length;
      if (!values.length) return "No input of this cell rests on evidence";
      if (coded === values.length) return `All ${coded} inputs of this cell rest on evidence`;
      return `${coded} of ${values.length} inputs of this cell rest on evidence, ${values.length - coded} on assumption`;
    }
    function valueOf(value) {
      const about = value.status === "coded" ? value.how : `${value.status}: ${value.how}`;
      return element("section", {}, element("h3", {}, `${value.what} ${value.over_time}`), element("p", { class: "note" }, [MEANING[value.what], about].filter(Boolean).join("; ")), ...value.claims.map(claimOf));
    }
    function claimOf(position) {
      const claim = evidence.claims[position];
      const where = `${evidence.documents[claim.document] || claim.document} (${claim.document}), ${claim.where}`;
      const level = claim.level === null ? "" : `level ${claim.level}${claim.codings.includes(null) ? "" : ` (coded ${claim.codings.join(" and ")})`}; `;
      return element("div", { class: "claim" }, element("p", {}, claim.says), element("p", { class: "note" }, `${where}. ${level}confidence ${claim.confidence}; ${claim.id}`));
    }
    function contents(holder, republic, channel) {
      const parts = evidence.changed ? [element("p", { class: "notice" }, "The claims shown were current when this page was written; the batch was run with others.")] : [];
      if (holder === "autonomy") {
        parts.push(element("p", {}, "Autonomy is what no power holds. It depends on the republic’s stance, needs and threats:"));
        return [...parts, ...valuesOf(holder, republic, channel).map(valueOf)];
      }
      const cell = evidence.cells[`${holder}|${republic}|${channel}`];
      if (!cell) return [...parts, element("p", {}, "There is no claim about this: a scenario file added this power or republic.")];
      return [...parts, ...valuesAt(cell).map(valueOf),
        ...listSection("Past events that act here", cell.events.map((event) => `${event.when}: ${event.what}`)),
        ...listSection("Contradictions between claims", cell.contradictions),
        element("h3", {}, "Claims that test this cell"), ...(cell.targets.length ? cell.targets.map(claimOf) : [element("p", {}, "none")])];
    }
    return {
      grade,
      open(holder, republic, channel) {
        byId("drawer-title").textContent = `${holder} in ${republic}, ${channel}`;
        byId("drawer-body").replaceChildren(element("p", {}, `${grade(holder, republic, channel)}.`), ...contents(holder, republic, channel));
        byId("drawer").showModal();
        byId("drawer-title").focus();
        byId("drawer").scrollTop = 0;
      },
    };
  }
  /* A drawer is closed by its button, by Escape, or by a click beside it. */
  function closable() {
    byId("drawer-close").addEventListener("click", () => byId("drawer").close());
    byId("drawer").addEventListener("click", (event) => { if (event.target === byId("drawer")) byId("drawer").close(); });
  }
  Steppe.evidence = { evidenceOf, closable };
})();
