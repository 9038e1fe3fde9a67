"use strict";
/* What changed: paired differences in one year, the surest and largest first, as sentences. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const { byId, element, swatch } = Steppe.elements, { signed, percent } = Steppe.numbers;
  const SURE = 0.9, SHOWN = 8, LEAST = 0.005;

  function ranked(picture, year) {
    const y = picture.years.indexOf(year), { holders, republics, channels } = picture.cast, found = [];
    republics.forEach((republic, r) => channels.forEach((channel, c) => holders.forEach((holder, h) => {
      const [low, median, high, same] = [0, 1, 2, 3].map((k) => picture.difference(r, c, h, k, y));
      if (Math.abs(median) >= LEAST) found.push({ republic, channel, holder, low, median, high, same });
    })));
    const weight = (one) => Math.abs(one.median) * (one.same >= SURE ? 1 : 0) + 1e-3 * Math.abs(one.median);
    return found.sort((one, other) => weight(other) - weight(one));
  }
  const words = (one) => `${signed(one.median)} (90%: ${signed(one.low)} to ${signed(one.high)}), ${one.median < 0 ? "lower" : "higher"} in ${percent(one.same)} of members`;

  function draw(picture, year, onCell) {
    const found = ranked(picture, year).slice(0, SHOWN);
    byId("changed").replaceChildren(...found.map((one) => element("li", {},
      element("button", { type: "button", className: "plain", onclick: () => onCell(one.republic, one.channel) }, swatch(one.holder), `${one.holder.name}, ${one.republic}, ${one.channel}`),
      ` ${words(one)}`)));
    if (!found.length) byId("changed").replaceChildren(element("li", { className: "note" }, "Nothing by half a percentage point or more."));
  }
  Steppe.findings = { draw, ranked, words };
})();
