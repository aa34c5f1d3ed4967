// Topics of the call: what was found, where, and the way from one finding to the next.

import { clock, text } from "./texts.js";

/** All findings in time order, each with its topic. */
export function hitsOf(timeline) {
  const found = (timeline.marks ?? []).flatMap(({ topic, hits }) => hits.map((hit) => ({ ...hit, topic })));
  return found.sort((one, other) => one.start_ms - other.start_ms);
}

/** Coloured ticks under the picture, each at its place. */
export function drawTicks(element, timeline, seek) {
  element.replaceChildren(
    ...hitsOf(timeline).map((hit) => {
      const tick = document.createElement("span");
      tick.style.left = `${(100 * hit.start_ms) / timeline.duration_ms}%`;
      tick.style.backgroundColor = hit.topic.colour;
      tick.title = `${clock(hit.start_ms)} ${text("hit", { topic: hit.topic.name, who: text(hit.speaker), text: hit.text })}`;
      tick.addEventListener("click", () => seek(hit.start_ms));
      return tick;
    }),
  );
}

/** A button for each topic that leads from one of its findings to the next. */
export function drawTopics(element, timeline, next) {
  const marks = timeline.marks ?? [];
  element.hidden = !marks.length;
  element.replaceChildren(
    ...marks.map(({ topic, hits }) => {
      const chip = document.createElement(hits.length ? "button" : "span");
      chip.className = "topic";
      const dot = document.createElement("span");
      dot.className = "dot";
      dot.style.backgroundColor = topic.colour;
      chip.append(dot, topic.name);
      if (hits.length) {
        chip.type = "button";
        chip.setAttribute("aria-label", text("topic-hits", { name: topic.name, count: hits.length }));
        const count = document.createElement("span");
        count.className = "count";
        count.textContent = hits.length;
        chip.append(count);
        chip.addEventListener("click", () => next(hits));
      }
      return chip;
    }),
  );
}

/** The first of `hits` behind a place, else the first of all; the last before it if `back`. */
export function following(hits, positionMs, back = false) {
  if (back) return hits.findLast(({ start_ms }) => start_ms < positionMs - 1500) ?? hits.at(-1);
  return hits.find(({ start_ms }) => start_ms > positionMs + 50) ?? hits[0];
}
