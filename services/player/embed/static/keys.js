// The keyboard: one table that both the keys and their help are made from.

import { text } from "./texts.js";

const HELP = [
  ["Space, K", "key-play"],
  ["← →", "key-seek"],
  ["Shift ← →", "key-far"],
  ["0 – 9", "key-part"],
  ["P, N", "key-marks"],
  ["[ ]", "key-speed"],
  ["↑ ↓", "key-volume"],
  ["M", "key-mute"],
  ["C", "key-channel"],
  ["D", "key-noise"],
  ["S", "key-skip"],
  ["?", "key-help"],
];

/** Call `actions` by key, unless the key belongs to the control in focus. */
export function listen(actions) {
  const byCode = {
    Space: actions.toggle,
    KeyK: actions.toggle,
    ArrowLeft: ({ shiftKey }) => actions.step(shiftKey ? -30_000 : -5_000),
    ArrowRight: ({ shiftKey }) => actions.step(shiftKey ? 30_000 : 5_000),
    ArrowUp: () => actions.louder(0.1),
    ArrowDown: () => actions.louder(-0.1),
    BracketLeft: () => actions.faster(-0.1),
    BracketRight: () => actions.faster(0.1),
    KeyM: actions.mute,
    KeyN: () => actions.mark(false),
    KeyP: () => actions.mark(true),
    KeyC: actions.channel,
    KeyD: actions.noise,
    KeyS: actions.skip,
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const action = event.key === "?" ? actions.help : (byCode[event.code] ?? part(event, actions));
    if (!action || belongs(event)) return;
    event.preventDefault();
    action(event);
  });
}

/** The list of keys, for the help. */
export function explain(list) {
  list.replaceChildren(
    ...HELP.flatMap(([keys, name]) => {
      const term = document.createElement("dt");
      const meaning = document.createElement("dd");
      term.textContent = keys;
      meaning.textContent = text(name);
      return [term, meaning];
    }),
  );
}

function part({ code, shiftKey }, actions) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  return digit && !shiftKey ? () => actions.part(Number(digit[1]) / 10) : null;
}

/** Whether the control in focus has a use of its own for the key. */
function belongs({ code, target }) {
  if (code === "Space") return target.matches("button, a, input, summary");
  if (!code.startsWith("Arrow")) return false;
  const scrolls = (code === "ArrowUp" || code === "ArrowDown") && target.closest("#transcript");
  return target.matches("input[type=range], input[type=radio]") || Boolean(scrolls);
}
