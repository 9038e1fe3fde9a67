"use strict";
/* Numbers of an answer: unpacked, found by place, and written as text. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const SCALE = 10000, MISSING = -32768, QUANTILES = 5;

  function unpack(text) {
    if (typeof text !== "string") return text; // numbers already, in a page without a server
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Int16Array(bytes.buffer);
  }
  const value = (packed, index) => {
    const found = packed[index];
    return found === undefined || found === MISSING ? NaN : found / SCALE;
  };

  /* The picture of an answer. Every function gives NaN where there is no number. */
  function picture(answer) {
    const { holders, republics, channels } = answer.cast;
    const H = holders.length, P = H - 1, C = channels.length, Y = answer.years.length, D = Y - answer.first;
    const shares = unpack(answer.shares), leads = unpack(answer.leads), differences = unpack(answer.differences);
    const base = unpack(answer.base), baseLeads = unpack(answer.baseLeads), B = base.length / (republics.length * C * H);
    const observed = Object.fromEntries(Object.entries(answer.observed).map(([name, one]) => [name, { values: unpack(one.values), base: unpack(one.base) }]));
    const cell = (r, c, h, width) => (r * C + c) * width + h;
    return {
      answer, cast: answer.cast, years: answer.years, first: answer.first, observables: Object.keys(observed),
      share: (r, c, h, q, y) => value(shares, (cell(r, c, h, H) * QUANTILES + q) * Y + y),
      lead: (r, c, p, y) => value(leads, cell(r, c, p, P) * Y + y),
      difference: (r, c, h, k, y) => (y < answer.first ? (k === 3 ? NaN : 0) : value(differences, (cell(r, c, h, H) * 4 + k) * D + y - answer.first)),
      base: (r, c, h, y) => (y < B ? value(base, cell(r, c, h, H) * B + y) : NaN),
      baseLead: (r, c, p, y) => (y < B ? value(baseLeads, cell(r, c, p, P) * B + y) : NaN),
      observed: (name, r, p, q, y) => value(observed[name].values, ((r * P + p) * QUANTILES + q) * Y + y),
      baseObserved: (name, r, p, y) => (y < B ? value(observed[name].base, (r * P + p) * B + y) : NaN),
    };
  }

  /* How the last year follows a lever. */
  function along(answer, cast) {
    const H = cast.holders.length, P = H - 1, C = cast.channels.length, N = answer.values.length;
    const shares = unpack(answer.shares), leads = unpack(answer.leads);
    return {
      lever: answer.along, values: answer.values, members: answer.members,
      share: (r, c, h, q, n) => value(shares, ((((r * C + c) * H + h) * QUANTILES) + q) * N + n),
      lead: (r, c, p, n) => value(leads, ((r * C + c) * P + p) * N + n),
    };
  }

  const fixed = (number) => (Number.isNaN(number) ? "–" : number.toFixed(2).replace(/^-0\.00$/, "0.00"));
  const signed = (number) => {
    if (Number.isNaN(number)) return "–";
    const text = Math.abs(number).toFixed(2);
    return Number(text) === 0 ? "0.00" : (number < 0 ? "−" : "+") + text;
  };
  const percent = (number) => (Number.isNaN(number) ? "–" : `${Math.round(100 * number)}%`);
  const plain = (number) => String(Number(number.toPrecision(6)));
  const count = (number) => number.toLocaleString("en");
  Steppe.numbers = { picture, along, fixed, signed, percent, plain, count };
})();
