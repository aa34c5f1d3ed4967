// What was said, as text: the phrase that is heard is marked, a click on a word goes there.

import { hitsOf } from "./marks.js";
import { clock, text } from "./texts.js";

/** The text of the call in `element`; calls `seek(ms)` when somebody chooses a word. */
export class Transcript {
  #element;
  #lines = [];
  #current = null;
  #readUntil = 0;

  constructor(element, seek) {
    this.#element = element;
    element.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-ms]");
      if (chosen && getSelection().isCollapsed) seek(Number(chosen.dataset.ms));
    });
    // Who scrolls is reading: the text does not run away for a while.
    for (const name of ["wheel", "touchmove", "keydown"]) {
      element.addEventListener(name, () => (this.#readUntil = performance.now() + 5000), { passive: true });
    }
  }

  show(timeline) {
    const hits = hitsOf(timeline);
    const spoken = timeline.utterances.filter(({ words }) => words?.length);
    this.#element.hidden = !spoken.length;
    this.#current = null;
    this.#lines = spoken.map((utterance) => ({ ...utterance, element: line(utterance, hits) }));
    this.#element.replaceChildren(...this.#lines.map(({ element }) => element));
  }

  place(ms) {
    // Of several that are spoken at once the last to begin is followed.
    const current = this.#lines.findLast(({ start_ms, end_ms }) => start_ms <= ms && ms < end_ms + 300) ?? null;
    if (current === this.#current) return;
    this.#current?.element.removeAttribute("aria-current");
    this.#current = current;
    if (!current) return;
    current.element.setAttribute("aria-current", "true");
    if (performance.now() > this.#readUntil) this.#scrollTo(current.element);
  }

  #scrollTo(element) {
    // Only the text is scrolled, never the page that holds the frame.
    const { offsetTop, offsetHeight } = element;
    this.#element.scrollTop = offsetTop - (this.#element.clientHeight - offsetHeight) / 2;
  }
}

function line(utterance, hits) {
  const element = document.createElement("div");
  element.className = `line ${utterance.speaker}`;
  const at = document.createElement("button");
  at.type = "button";
  at.className = "at";
  at.dataset.ms = utterance.start_ms;
  at.textContent = clock(utterance.start_ms);
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = text(utterance.speaker);
  const said = document.createElement("p");
  const inside = hits.filter((hit) => hit.recording_id === utterance.recording_id);
  for (const [word, startMs, endMs] of utterance.words) {
    const shown = document.createElement("span");
    shown.dataset.ms = startMs;
    shown.textContent = word;
    const hit = inside.find(({ start_ms, end_ms, speaker }) => speaker === utterance.speaker && start_ms <= startMs && endMs <= end_ms);
    if (hit) {
      shown.className = "hit";
      shown.title = hit.topic.name;
      shown.style.textDecorationColor = hit.topic.colour;
    }
    said.append(shown, " ");
  }
  element.append(at, who, said);
  return element;
}
