// The reviewer's keys, and acts that do not load the page again. Every page does without it too.
(() => {
  "use strict";
  const form = document.getElementById("desk");
  const help = document.getElementById("desk-help");
  const said = document.getElementById("desk-said");
  const UNSENT = "diembao-unsent";
  const SINGLE = "diembao-single-keys";
  const RETRY_MS = 15000;
  let current = null;
  let isSending = false;
  let retry = 0;

  // On a phone the bar is one line that can be moved; the page's own entry is to be seen.
  const here = document.querySelector(".bar [aria-current=page]");
  const bar = here?.closest("nav");
  if (bar) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;

  // A browser may refuse to keep anything; then things are kept as long as the page.
  const kept = new Map();
  const load = (key) => {
    try { return localStorage.getItem(key); } catch { return kept.get(key) ?? null; }
  };
  const keep = (key, value) => {
    try { localStorage.setItem(key, value); } catch { kept.set(key, value); }
  };

  const calmly = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
  const cards = () => [...document.querySelectorAll(".entry")].filter((card) => card.offsetParent !== null);
  const reviewIn = (card) => card?.querySelector(".review");
  const numberOf = (card) => reviewIn(card)?.id.replace("review-", "");
  const isJudged = (card) => reviewIn(card)?.querySelector(".judged") !== null;
  const cardOf = (number) => document.getElementById(`review-${number}`)?.closest(".entry");

  const say = (words, isTrouble = false) => {
    if (!said) return;
    said.textContent = words;
    said.classList.toggle("is-trouble", isTrouble);
    clearTimeout(say.timer);
    if (!isTrouble) say.timer = setTimeout(() => { said.textContent = ""; }, 5000);
  };

  // Cards
  const choose = (card, isFocused = true) => {
    if (!card) return;
    current?.classList.remove("is-current");
    current?.removeAttribute("aria-current");
    current = card;
    card.classList.add("is-current");
    card.setAttribute("aria-current", "true");
    card.tabIndex = -1;
    if (isFocused) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "start", behavior: calmly() });
    }
  };
  const go = (rel) => {
    const link = document.querySelector(`.pager a[rel="${rel}"]`);
    if (link) location.href = link.href + (rel === "next" ? "#first-card" : "#last-card");
    return Boolean(link);
  };
  const move = (step) => {
    const all = cards();
    if (!all.length) return void go(step > 0 ? "next" : "prev");
    const at = all.indexOf(current);
    if (at === -1) return void choose(step > 0 ? all.find((card) => !isJudged(card)) ?? all[0] : all.at(-1));
    if (all[at + step]) return void choose(all[at + step]);
    if (!go(step > 0 ? "next" : "prev") && step > 0) say(form?.dataset.end ?? "");
  };

  // Acts: kept until the service has taken them, one after the other
  const unsent = () => {
    try { return JSON.parse(load(UNSENT) ?? "[]").filter((item) => item.person === form.dataset.person); } catch { return []; }
  };
  const remember = (items) => {
    keep(UNSENT, JSON.stringify(items));
    const waiting = new Set(items.map((item) => item.card));
    for (const card of document.querySelectorAll(".entry")) {
      const isWaiting = waiting.has(numberOf(card));
      card.classList.toggle("is-waiting", isWaiting && card.dataset.isLate === "yes");
      if (!isWaiting) delete card.dataset.isLate;
    }
  };
  const swap = (page) => {
    const within = document.activeElement?.closest(".review")?.id;
    for (const fresh of page.querySelectorAll("body [id]")) {
      if (!/^(review-\d+|desk-line)$/.test(fresh.id)) continue;
      const old = document.getElementById(fresh.id);
      const note = old?.querySelector(".noting[open] textarea");
      if (note && note.value !== note.defaultValue && note.value !== fresh.querySelector("textarea")?.value) {
        const again = fresh.querySelector("textarea"); // a note that is being written stays
        again.value = note.value;
        fresh.querySelector(".noting").open = true;
      }
      old?.replaceWith(document.adoptNode(fresh));
    }
    if (within && !document.activeElement?.closest(".entry")) document.getElementById(within)?.closest(".entry")?.focus({ preventScroll: true });
    showTools();
  };
  const late = (item) => {
    const card = cardOf(item.card);
    if (card) {
      card.dataset.isLate = "yes";
      reviewIn(card).dataset.waiting = form.dataset.waiting;
    }
    remember(unsent());
    say(form.dataset.kept, true);
    clearTimeout(retry);
    retry = setTimeout(send, RETRY_MS);
  };
  const send = async () => {
    if (isSending) return;
    isSending = true;
    let wasLate = false;
    try {
      for (let items = unsent(); items.length; items = unsent()) {
        const item = items[0];
        wasLate ||= cardOf(item.card)?.dataset.isLate === "yes";
        const body = new URLSearchParams(item.fields);
        body.set("shown", cards().map(numberOf).filter(Boolean).join(" "));
        const token = form.querySelector('[name="token"]').value;
        let answer;
        try {
          answer = await fetch(form.action, { method: "POST", body, redirect: "manual", headers: { "x-form-token": token, "x-desk": "parts" } });
        } catch { return late(item); }
        if (answer.type === "opaqueredirect" || answer.status >= 500 || answer.status === 429) return late(item);
        remember(unsent().slice(1));
        if (!answer.ok) { // it would be refused again
          say(form.dataset.refused, true);
          continue;
        }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        swap(page);
        say(wasLate ? form.dataset.sent : page.getElementById("desk-said")?.textContent ?? "");
      }
    } finally { isSending = false; }
  };
  const post = (act) => {
    const [kind, number] = act.split(" ");
    const fields = { act };
    for (const name of ["back", "on", "whole"]) {
      const field = form.querySelector(`[name="${name}"]`);
      if (field) fields[name] = field.value;
    }
    const note = document.getElementById(`note-${number}`);
    if (kind === "note" && note) fields[note.name] = note.value;
    remember([...unsent(), { person: form.dataset.person, card: kind === "undo" ? "" : number, fields }]);
    send();
  };
  // On a page of one story its review is meant, without a card being chosen.
  const chosen = () => current ?? (document.querySelectorAll(".review").length === 1 ? document : null);
  const press = (selector) => {
    const button = chosen()?.querySelector(selector);
    if (button) post(button.value);
    return Boolean(button);
  };

  // Notes
  const write = () => {
    const noting = chosen()?.querySelector(".noting");
    if (!noting) return;
    noting.open = true;
    noting.querySelector("textarea").focus();
  };
  const saveNote = (area) => {
    const button = area.closest(".noting").querySelector("button");
    area.closest(".noting").open = false;
    area.closest(".entry")?.focus({ preventScroll: true });
    post(button.value);
  };

  const showTools = () => { for (const button of document.querySelectorAll("[data-opens-help]")) button.hidden = !help; };
  const search = () => {
    const field = document.querySelector('input[type="search"]');
    if (field) field.focus(); else location.href = "/search";
  };
  const judge = (verdict) => {
    if (!chosen()) return void move(1); // what would be judged is shown first
    if (press(`.acts button[value^="${verdict} "]`) && current) move(1);
  };
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => {
      const link = current?.querySelector("a.out");
      if (link) window.open(link.href, "_blank", "noopener,noreferrer");
    },
    Enter: () => (current?.querySelector("a.story") ?? current?.querySelector(".title a"))?.click(),
    c: () => judge("confirmed"),
    x: () => judge("rejected"),
    u: () => judge("unsure"),
    s: () => press(".acts .is-star"),
    n: write,
    z: () => { const button = document.getElementById("desk-undo"); if (button && !isSending) post(button.value); },
    "/": search,
    "?": () => help?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (at.matches?.(".noting textarea")) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        saveNote(at);
      } else if (event.key === "Escape") {
        at.closest(".noting").open = false;
        at.closest(".entry")?.focus({ preventScroll: true });
      }
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (help?.open || load(SINGLE) === "off") return;
    if (at.matches?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "Enter" && at !== current) return; // a link or a button acts itself
    const act = KEYS[event.key];
    const needsDesk = !["/", "j", "k", "o", "Enter"].includes(event.key);
    const isMove = ["j", "k"].includes(event.key);
    if (!act || (needsDesk && !form) || (isMove && !cards().length && !document.querySelector(".pager"))) return;
    if (event.key === "o" && !current) return;
    if (event.repeat && !isMove) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest?.(".entry");
    if (card && card !== current && reviewIn(card)) choose(card, false);
  });
  if (location.hash === "#first-card" || location.hash === "#last-card") {
    choose(location.hash === "#first-card" ? cards()[0] : cards().at(-1));
    history.replaceState(null, "", location.pathname + location.search);
  }
  if (!form) return;

  document.addEventListener("submit", (event) => {
    if (event.target !== form || !event.submitter) return;
    event.preventDefault();
    const area = event.submitter.closest(".noting")?.querySelector("textarea");
    if (area) saveNote(area); else post(event.submitter.value);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    // The second click of a double click would meet the button that the first one has turned around.
    if (button?.form === form && event.detail > 1) event.preventDefault();
    if (button?.matches("[data-opens-help]")) help.showModal();
    if (button?.id === "desk-close") help.close();
  }, true);
  const single = document.getElementById("desk-single");
  if (single) {
    single.checked = load(SINGLE) !== "off";
    single.addEventListener("change", () => keep(SINGLE, single.checked ? "on" : "off"));
  }
  addEventListener("online", send);
  showTools();
  if (unsent().length) send();
})();
