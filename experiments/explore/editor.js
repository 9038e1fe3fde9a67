"use strict";
/* The scenario as a file: typed, pasted or opened, checked while it is typed, mistakes at their line. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { byId, element } = Steppe.elements;
  const PAUSE = 250; // milliseconds after the last key
  const LONGEST = 180000; // characters, as the server has it

  /* `describe` asks the server what a text says; `onScenario` gets it with the text; `textOf` gives
     the text of what is shown; `onMistakes` how many there are. */
  function editor({ describe, textOf, onScenario, onMistakes }) {
    const pane = byId("editor"), field = byId("text"), list = byId("text-mistakes");
    let timer, turn = 0, shown = "";

    function mistakes(found) {
      field.setAttribute("aria-invalid", String(found.length > 0));
      list.hidden = !found.length;
      onMistakes(found.length);
      list.replaceChildren(...found.map((one) => element("li", {},
        one.line && one.file === "my-future.yaml" ? element("button", { type: "button", class: "plain", onclick: () => select(one.line) }, `line ${one.line}`) : element("code", {}, one.line ? `${one.file}:${one.line}` : one.file),
        ` ${one.message}`)));
    }
    function select(line) {
      const lines = field.value.split("\n"), start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      field.focus();
      field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    }
    async function take() {
      const mine = turn += 1, text = field.value;
      if (text.length > LONGEST) { mistakes([{ file: "", line: 0, message: `the text has more than ${LONGEST.toLocaleString("en")} characters` }]); return; }
      if (!text.trim()) { mistakes([{ file: "", line: 0, message: "the text is empty; a scenario begins with: title" }]); return; }
      const answer = await describe(text);
      if (mine !== turn) return; // something was typed meanwhile
      mistakes(answer.mistakes ?? []);
      if (answer.mistakes) return;
      shown = text;
      onScenario(text, answer.scenario);
    }
    async function refresh(question) {
      if (!pane.open || document.activeElement === field) return;
      const plain = question.text && !Object.keys({ ...question.levers, ...question.factors }).length && !question.off.length;
      const mine = turn += 1, { text } = plain ? question : await textOf(question);
      if (mine !== turn || text === undefined) return;
      if (text !== shown) field.value = shown = text;
      mistakes([]);
    }
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(take, PAUSE); });
    byId("open-file").addEventListener("change", async () => {
      const [file] = byId("open-file").files;
      if (!file) return;
      field.value = await file.text();
      byId("open-file").value = "";
      take();
    });
    return { refresh };
  }
  Steppe.editor = editor;
})();
