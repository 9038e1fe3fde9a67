"use strict";
/* Answers without a server: from runs at nodes of the levers, which the page holds.

   `weights` gives the same as node_weights.py: along one lever or two a polynomial through the four
   nearest nodes of each; with more moved, what each pair does beyond each lever alone. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const WINDOW = 4, ALONG = 9, TOP = 10000;
  const combinations = (list, size) => (size === 0 ? [[]] : list.flatMap((one, i) => combinations(list.slice(i + 1), size - 1).map((rest) => [one, ...rest])));

  /* Whole numbers from changes, low bytes first, then high bytes. */
  function unsqueeze(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0)), length = bytes.length / 2, row = new Int16Array(length);
    for (let i = 0, value = 0; i < length; i += 1) { value += bytes[i] | (bytes[length + i] << 8); row[i] = value; }
    return row;
  }
  function lagrange(values, at) {
    if (values.includes(at)) return [[at, 1]];
    const found = values.findIndex((value) => value > at), above = found < 0 ? values.length : found;
    const first = Math.max(0, Math.min(above - WINDOW / 2, values.length - WINDOW)), near = values.slice(first, first + WINDOW);
    return near.map((node) => [node, near.reduce((product, other) => (other === node ? product : product * (at - other) / (node - other)), 1)]);
  }
  const factors = (count) => (count <= 2 ? [[count, 1]] : [[0, 1 - count + count * (count - 1) / 2], [1, 2 - count], [2, 1]]);

  function runs(saved, defaults) {
    const keyOf = (levers) => JSON.stringify(Object.entries(levers).filter(([name, value]) => value !== defaults[name]).sort(([one], [other]) => (one < other ? -1 : 1)));
    const base = unsqueeze(saved.numbers), rows = new Map(saved.rows.map((row) => [keyOf(row.levers), row]));
    const changes = (row) => (row.changes ??= unsqueeze(row.numbers));
    function weights(levers) {
      const moved = Object.keys(levers).filter((name) => levers[name] !== defaults[name]).sort(), total = new Map();
      for (const [size, factor] of factors(moved.length)) for (const names of combinations(moved, size)) {
        let sets = [[{}, factor]];
        for (const name of names) sets = sets.flatMap(([values, weight]) => lagrange(saved.nodes[name], levers[name]).map(([node, part]) => [{ ...values, [name]: node }, weight * part]));
        for (const [values, weight] of sets) total.set(keyOf(values), (total.get(keyOf(values)) ?? 0) + weight);
      }
      return total;
    }
    function numbers(levers) {
      const sum = new Float32Array(base);
      for (const [key, weight] of weights(levers)) { const row = changes(rows.get(key)); for (let i = 0; i < sum.length; i += 1) sum[i] += weight * row[i]; }
      const { shares, leads } = saved.lengths;
      return Int16Array.from(sum, (value, i) => Math.round(i < shares + leads && value > -TOP ? Math.min(TOP, Math.max(0, value)) : value));
    }
    /* Event dates are those of the nearest run. */
    function events(levers) {
      const nearest = {};
      for (const [name, value] of Object.entries(levers)) nearest[name] = saved.nodes[name].reduce((best, node) => (Math.abs(node - value) < Math.abs(best - value) ? node : best));
      return (rows.get(keyOf(nearest)) ?? {}).events ?? (rows.get(keyOf(onlyYears(nearest))) ?? {}).events ?? saved.first.scenario.events;
    }
    const onlyYears = (levers) => Object.fromEntries(Object.entries(levers).filter(([name]) => saved.first.scenario.levers.find((lever) => lever.name === name).whole));
    return { numbers, events, exact: (levers) => rows.has(keyOf(levers)), moved: (levers) => JSON.parse(keyOf(levers)).length };
  }

  function parts(saved, row) {
    const found = {};
    let start = 0;
    for (const [name, length] of Object.entries(saved.lengths)) { found[name] = row.subarray(start, start + length); start += length; }
    return found;
  }
  function words(saved, found, levers) {
    const members = `${saved.first.of.toLocaleString("en")} members`, percent = (100 * saved.close).toFixed(1);
    if (found.exact(levers)) return `A run of ${members}.`;
    const error = `in ${saved.probes} fresh runs, ${percent}% of numbers were within 0.005, the worst ${saved.worst} off`;
    if (found.moved(levers) > 2) return `Approximate: more than two levers are moved, and runs of ${members} move at most two.`;
    return `Between runs of ${members}; ${error}.`;
  }
  function answer(saved, found, levers) {
    const { shares, leads, differences, ...observed } = parts(saved, found.numbers(levers)), first = saved.first;
    const scenario = { ...first.scenario, events: found.events(levers), levers: first.scenario.levers.map((lever) => ({ ...lever, value: levers[lever.name] ?? lever.default })) };
    return { ...first, kind: "nodes", words: words(saved, found, levers), scenario, shares, leads, differences,
      observed: Object.fromEntries(Object.entries(first.observed).map(([name, one]) => [name, { ...one, values: observed[name] }])) };
  }
  /* How the last year follows each lever. */
  function* alongs(saved, found, levers) {
    const { holders, republics, channels } = saved.first.cast, H = holders.length, C = channels.length, Y = saved.first.years.length;
    for (const lever of saved.first.scenario.levers) {
      const values = lever.whole ? saved.nodes[lever.name] : Array.from({ length: ALONG }, (_, n) => lever.low + (lever.high - lever.low) * n / (ALONG - 1));
      const rows = values.map((value) => parts(saved, found.numbers({ ...levers, [lever.name]: value })));
      const last = (part, count) => { const all = new Int16Array(count * values.length); rows.forEach((row, n) => { for (let i = 0; i < count; i += 1) all[i * values.length + n] = row[part][i * Y + Y - 1]; }); return all; };
      yield { along: lever.name, values, members: saved.first.of, shares: last("shares", republics.length * C * H * 5), leads: last("leads", republics.length * C * (H - 1)) };
    }
  }
  const plain = (value) => String(Number(value.toPrecision(6)));
  function file(question, one) {
    const levers = Object.entries(question.levers).map(([name, value]) => `  ${name}: {default: ${plain(value)}}\n`).join("");
    return `title: ${JSON.stringify(`${one.title}, changed`.slice(0, 120))}\nextends: ${question.scenario}\n${levers && `levers:\n${levers}`}`;
  }

  async function read() {
    const bytes = Uint8Array.from(atob(document.getElementById("data").textContent), (character) => character.charCodeAt(0));
    return JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
  }
  function source() {
    const data = read(), known = new Map();
    document.body.dataset.mode = "saved";
    return {
      start: async () => (await data).start,
      async ask(question, onAnswer) {
        const saved = (await data).saved[question.scenario];
        const defaults = Object.fromEntries(saved.first.scenario.levers.map((lever) => [lever.name, lever.default]));
        if (!known.has(question.scenario)) known.set(question.scenario, runs(saved, defaults));
        const found = known.get(question.scenario), levers = { ...defaults };
        for (const [name, value] of Object.entries(question.levers)) if (name in defaults) levers[name] = value;
        onAnswer(answer(saved, found, levers));
        for (const one of alongs(saved, found, levers)) onAnswer(one);
      },
      evidence: async () => (await data).evidence,
      download: async (question) => ({ text: file(question, (await data).start.scenarios.find((one) => one.name === question.scenario)) }),
    };
  }
  Steppe.source = source;
})();
