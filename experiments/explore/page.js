"use strict";
/* The page: joins controls, history, answers and charts. */
(async () => {
  const { byId, element, explainTerms, download } = Steppe.elements, { picture, along, count, plain } = Steppe.numbers;
  const { history, write, read, fresh, same } = Steppe.history;
  const source = Steppe.source(), data = await source.start();
  const names = data.scenarios.map((one) => one.name), scenarios = Object.fromEntries(data.scenarios.map((one) => [one.name, one]));
  const standardView = { chart: "shares", republic: "Kazakhstan", channel: "security", year: 2040, hidden: [] };
  let view = { ...standardView }, shown = null, lines = new Map(), replaying = false;
  const TEXT = "my-future", texts = new Map(); // what the texts of scenarios say, by text
  const scenarioOf = (question) => (question.text ? texts.get(question.text) : scenarios[question.scenario]);
  const unchanged = ({ scenario, text }) => ({ ...fresh(scenario), ...(text ? { text } : {}) });

  const linked = read(location.hash, view);
  const known = ({ question }) => Boolean(question.text) || names.includes(question.scenario);
  const start = linked && !linked.question.text && known(linked) ? linked.question : fresh(data.initial);
  const changes = history(start);

  /* Asking, and showing what comes */
  function ask() {
    const question = changes.now;
    document.body.dataset.asked = JSON.stringify(question);
    byId("picture").setAttribute("aria-busy", "true");
    source.ask(question, (answer) => take(question, answer), failed);
  }
  function take(question, answer) {
    if (answer.mistakes) { mistakes(answer.mistakes); return; }
    if (answer.along) { if (shown) { lines.set(answer.along, along(answer, shown.cast)); draw(); } return; }
    mistakes([]);
    if (!same(question.scenario, shown?.question?.scenario) || answer.kind !== "whole") lines = keepLines(question);
    shown = { ...picture(answer), question };
    status(answer);
    byId("controls").dataset.scenario = question.scenario;
    draw();
    panel.date(answer.scenario.events);
    byId("picture").removeAttribute("aria-busy");
    document.body.dataset.drawn = JSON.stringify([question, answer.kind]);
  }
  /* Runs along a lever hold while that lever alone is moved. */
  function keepLines(question) {
    const rest = (one, lever) => JSON.stringify({ ...one, levers: { ...one.levers, [lever]: 0 } });
    return new Map([...lines].filter(([lever]) => shown && rest(question, lever) === rest(shown.question, lever)));
  }
  function status(answer) {
    const members = answer.members === answer.of ? `${count(answer.of)} members` : `${count(answer.members)} of ${count(answer.of)} members`;
    const how = {
      shipped: `${members}, as shipped; the levers move in a few seconds …`,
      first: `First answer from ${members}${answer.corrected ? ", corrected by a run nearby" : ""}; refining …`,
      interpolated: `Between ${answer.runs} runs of ${count(answer.of)} members along ${answer.lever}; running it …`,
      whole: `${members}, simulated.`,
      nodes: answer.words,
    };
    byId("status").textContent = how[answer.kind];
    byId("status").dataset.kind = answer.kind;
  }
  function failed(error) {
    byId("status").textContent = error.message && error.name !== "TypeError" ? error.message : "Steppe does not answer; start it again with: steppe explore";
    byId("status").dataset.kind = "failed";
  }
  function mistakes(list) {
    byId("mistakes").hidden = !list.length;
    byId("picture").classList.toggle("old", list.length > 0);
    if (!list.length) { byId("mistakes").replaceChildren(); return; }
    const place = (one) => (one.line ? `${one.file}:${one.line}:${one.column}` : one.file);
    byId("mistakes").replaceChildren(element("p", {}, `${list.length === 1 ? "A mistake" : `${list.length} mistakes`} in the scenario${shown ? "; the picture is the last sound one" : ""}:`),
      element("ul", {}, ...list.slice(0, 50).map((one) => element("li", {}, element("code", {}, place(one)), ` ${one.message}`))));
    byId("status").textContent = "Waiting for a sound scenario.";
    byId("status").dataset.kind = "mistakes";
    document.body.dataset.drawn = JSON.stringify([changes.now, "mistakes"]);
  }

  /* Changes */
  const panel = Steppe.controls({ onChange(part, name, value, dragging) {
    const question = structuredClone(changes.now);
    if (part === "off") question.off = value ? [...question.off, name].sort() : question.off.filter((one) => one !== name);
    else if (part === "keep" && !value) delete question.keep[name];
    else question[part][name] = value;
    tidy(question);
    if (dragging) { if (!same(question, changes.now)) { changes.drag(question); ask(); } return; }
    changes.keep(question);
    settle();
  } });
  /* A lever at its default is not moved, so that the same picture has the same link. */
  function tidy(question) {
    const scenario = scenarioOf(question);
    for (const lever of scenario.levers) if (question.levers[lever.name] === lever.default) delete question.levers[lever.name];
    for (const name of Object.keys(question.factors)) if (question.factors[name] === (scenario.factors?.[name] ?? 1)) delete question.factors[name];
  }
  function settle() {
    const question = changes.now;
    const scenario = scenarioOf(question);
    if (panel.built !== scenario) panel.build(scenario, data.parameters, question);
    if (question.text && !byId("scenario").querySelector(`[value=${TEXT}]`)) byId("scenario").append(element("option", { value: TEXT }, `${TEXT} (your text)`));
    byId("scenario").value = question.scenario;
    panel.show(question);
    byId("undo").disabled = byId("replay").disabled = !changes.canUndo;
    byId("redo").disabled = !changes.canRedo;
    byId("reset").disabled = same(question, unchanged(question));
    byId("assumptions").open ||= Object.keys(question.factors).length + Object.keys(question.keep).length > 0;
    address();
    ask();
    editor?.refresh(question);
  }
  function address() {
    const link = write(changes.kept, view, data);
    if (link.length <= Steppe.history.LONGEST) window.history.replaceState(null, "", link);
  }
  async function restore(link) {
    if (!link) return;
    if (link.question.text && !(await describe(link.question.text)).scenario) { notice("The text in this link has mistakes; they stand below it in \"The scenario as a file\"."); return; }
    if (!known(link)) { notice(`This link needs the scenario '${link.question.scenario}', which is not here; start Steppe with its file: steppe explore ${link.question.scenario}.yaml`); return; }
    notice(foreign(link.about));
    look(link.view);
    changes.keep(link.question);
    settle();
  }
  function foreign({ version, weights }) {
    const parts = [];
    if (version && version !== data.version) parts.push(`version ${version} of Steppe (this is ${data.version})`);
    if (weights && weights !== data.weights) parts.push(`other parameters, ${weights} (these are ${data.weights})`);
    return parts.length ? `This link was made with ${parts.join(" and ")}; numbers may differ.` : "";
  }
  function notice(text) { byId("notice").textContent = text; byId("notice").hidden = !text; }

  /* The scenario as text */
  async function describe(text) {
    const answer = await source.describe({ ...fresh(TEXT), text });
    if (answer.scenario) texts.set(text, { ...answer.scenario, name: TEXT });
    return answer;
  }
  const editor = source.describe && Steppe.editor({ describe, textOf: (question) => source.download(question),
    onScenario(text) { changes.keep({ ...fresh(TEXT), text }); settle(); },
    onMistakes(number) {
      byId("picture").classList.toggle("old", number > 0);
      if (number) say(`The text has ${number === 1 ? "a mistake" : `${number} mistakes`}; the picture is that of the last sound one.`);
    } });
  byId("editor").addEventListener("toggle", () => editor?.refresh(changes.now));

  /* Looking */
  const charts = Steppe.panels({ view: { get now() { return view; }, toggle(name) { look({ hidden: view.hidden.includes(name) ? view.hidden.filter((one) => one !== name) : [...view.hidden, name] }); address(); } }, borders: data.borders, onCell(republic, channel) { look({ republic, channel: channel ?? view.channel }); address(); }, onHolder: evidenceOf });
  let evidence = null;
  async function evidenceOf(holder, republic, channel) {
    say("Reading the evidence …");
    try { evidence ??= Steppe.evidence.evidenceOf(await source.evidence()); } catch (error) { failed(error); return; }
    if (shown) status(shown.answer);
    evidence.open(holder, republic, channel);
  }
  Steppe.evidence.closable();
  function look(change) {
    view = { ...view, ...change };
    if (shown) draw();
  }
  function options(select, list, chosen) {
    if (select.options.length !== list.length || list.some(([value], i) => select.options[i].value !== value)) select.replaceChildren(...list.map(([value, words]) => element("option", { value }, words)));
    select.value = chosen;
  }
  function draw() {
    const { cast, years } = shown, last = years[years.length - 1];
    if (!cast.republics.includes(view.republic)) view.republic = cast.republics[0];
    if (!cast.channels.includes(view.channel)) view.channel = cast.channels[0];
    const earliest = Math.min(2020, last);
    view.year = Math.min(Math.max(view.year, earliest), last);
    const kinds = charts.kinds(shown);
    if (!kinds.some(([kind]) => kind === view.chart)) view.chart = standardView.chart;
    options(byId("chart"), kinds, view.chart);
    options(byId("republic"), cast.republics.map((name) => [name, name]), view.republic);
    options(byId("channel"), cast.channels.map((name) => [name, name]), view.channel);
    Object.assign(byId("year"), { min: earliest, max: last });
    byId("year").value = view.year;
    byId("year-shown").textContent = view.year;
    charts.draw(shown, lines);
    Steppe.findings.draw(shown, view.year, (republic, channel) => { look({ republic, channel }); address(); });
  }
  for (const name of ["chart", "republic", "channel"]) byId(name).addEventListener("change", () => { look({ [name]: byId(name).value }); address(); });
  byId("year").addEventListener("input", () => look({ year: Number(byId("year").value) }));
  byId("year").addEventListener("change", address);

  /* Buttons and keys */
  byId("scenario").replaceChildren(...data.scenarios.map((one) => element("option", { value: one.name }, one.file ? `${one.name} (your file)` : one.name)));
  byId("scenario").addEventListener("change", () => {
    const name = byId("scenario").value;
    changes.keep(name === TEXT && !scenarios[TEXT] ? { ...fresh(TEXT), text: [...texts.keys()].pop() } : fresh(name));
    settle();
  });
  byId("undo").addEventListener("click", () => { changes.undo(); settle(); });
  byId("redo").addEventListener("click", () => { changes.redo(); settle(); });
  byId("reset").addEventListener("click", () => { changes.keep(unchanged(changes.now)); settle(); });
  byId("replay").addEventListener("click", async () => {
    if (replaying || !changes.before()) return;
    replaying = true;
    const after = changes.kept;
    for (const one of [changes.before(), after, changes.before(), after]) {
      changes.drag(one); panel.show(one); ask();
      await new Promise((done) => setTimeout(done, 900));
      if (changes.kept !== after) break; // something else was changed meanwhile
    }
    replaying = false;
    changes.drag(changes.kept);
    settle();
  });
  byId("share").addEventListener("click", async () => {
    address();
    if (write(changes.kept, view, data).length > Steppe.history.LONGEST) { say("This text is too long for a link; send the file instead: Download scenario."); return; }
    try { await navigator.clipboard.writeText(location.href); say("Link copied."); } catch { say(`Copy this link: ${location.href}`); }
  });
  byId("download").addEventListener("click", async () => {
    const { text, mistakes: found } = await source.download(changes.now);
    if (found) { mistakes(found); return; }
    download("my-future.yaml", text);
    say("Saved as my-future.yaml. Run it with: steppe run baseline my-future.yaml");
  });
  byId("copy-table").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(charts.asText()); say("Copied as a table, for a spreadsheet."); } catch { say("The browser does not allow copying."); }
  });
  byId("save-picture").addEventListener("click", () => {
    download(`${view.republic}-${view.channel}.svg`.toLowerCase().replaceAll(" ", "-"), charts.asPicture(), "image/svg+xml");
    say("Saved as a picture (SVG).");
  });
  byId("print").addEventListener("click", () => window.print());
  addEventListener("beforeprint", () => { if (shown) Steppe.handout(shown, { question: changes.now, view, scenario: scenarioOf(changes.now), parameters: data.parameters, about: data, charts }); });
  function say(text) { byId("status").textContent = text; }
  addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=number], textarea");
    if (typing || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase(), redo = key === "y" || (key === "z" && event.shiftKey);
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    byId(redo ? "redo" : "undo").click();
  });
  let resized;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => { if (shown) draw(); }, 100); });
  addEventListener("hashchange", () => restore(read(location.hash, view)));

  /* Start */
  explainTerms(data.terms);
  byId("footer").textContent = `Steppe ${data.version}, parameters ${data.weights}. This page loads nothing from elsewhere.`;
  byId("status").textContent = "Starting the simulation; the first picture takes a few seconds …";
  if (linked) { look(linked.view); if (known(linked)) notice(foreign(linked.about)); }
  if (linked && (linked.question.text || !known(linked))) restore(linked);
  settle();
  /* A saved file may have other levers and events: what is no longer there is not asked for. */
  const followed = data.scenarios.filter((one) => one.file).map((one) => one.name);
  async function fileSaved() {
    for (const name of followed) {
      const { scenario } = await source.describe(fresh(name));
      if (scenario) scenarios[name] = { ...scenario, name, file: true };
    }
    const current = scenarioOf(changes.now), question = structuredClone(changes.now);
    lines = new Map(); // of the file as it was
    for (const name of Object.keys(question.levers)) if (!current.levers.some((lever) => lever.name === name)) delete question.levers[name];
    question.off = question.off.filter((name) => current.events.some((event) => event.name === name));
    changes.amend(question);
    settle();
  }
  if (followed.length) source.follow(fileSaved);
})();
