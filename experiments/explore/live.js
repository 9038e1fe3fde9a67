"use strict";
/* Answers from the server. One question is in flight, and only the newest waits: a first answer is
   always let through, so that pictures come while a lever is dragged. */
(() => {
  const Steppe = (window.Steppe ??= {});
  const WATCH = 200; // milliseconds between two looks at a followed file

  function live() {
    const token = document.querySelector("meta[name=token]").content;
    let asking = null, waiting = null, known = null; // the version of the followed file

    async function post(path, body, signal) {
      const reply = await fetch(path, { method: "POST", signal, headers: { "Content-Type": "application/json", "X-Steppe-Token": token }, body: JSON.stringify(body) });
      if (!reply.ok) throw new Error((await reply.text()).trim());
      return reply;
    }
    async function lines(reply, take) {
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const parts = (rest + value).split("\n");
        rest = parts.pop();
        parts.forEach((part) => take(JSON.parse(part)));
      }
    }
    async function run(mine) {
      try {
        await lines(await post("/ask", mine.question, mine.stop.signal), (answer) => {
          if (mine.stop.signal.aborted) return;
          mine.onAnswer(answer);
          mine.answered = true;
          if (waiting) next();
        });
      } catch (error) {
        if (error.name !== "AbortError") mine.onFailure(error);
      }
      if (asking === mine) { asking = null; if (waiting) next(); }
    }
    function next() {
      asking?.stop.abort();
      [asking, waiting] = [waiting, null];
      run(asking);
    }
    return {
      async start() {
        const data = await (await post("/start", {})).json();
        known = data.file_version;
        return data;
      },
      ask(question, onAnswer, onFailure) {
        waiting = { question, onAnswer, onFailure, stop: new AbortController(), answered: false };
        if (!asking || asking.answered) next();
      },
      download: async (question) => (await post("/download", question)).json(),
      describe: async (question) => (await post("/describe", question)).json(),
      evidence: async () => (await post("/evidence", {})).json(),
      /* Call `onChange` whenever the followed file has another version. */
      follow(onChange) {
        let looking = false;
        setInterval(async () => {
          if (looking) return;
          looking = true;
          try {
            const { version } = await (await post("/version", {})).json();
            if (known !== version) await onChange();
            known = version; // of before: a file saved meanwhile is a change
          } catch { /* the next question says that the server is gone */ }
          looking = false;
        }, WATCH);
      },
    };
  }
  Steppe.source = live;
})();
