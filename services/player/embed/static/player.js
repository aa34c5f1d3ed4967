// The embedded player: what was recorded of a call, heard, seen and read.

import { explain, listen } from "./keys.js";
import { readiness, read, soundAddress } from "./link.js";
import { drawTicks, drawTopics, following, hitsOf } from "./marks.js";
import { Sound } from "./sound.js";
import { clock, knows, label, moment, text, times } from "./texts.js";
import { Transcript } from "./transcript.js";
import { Waveform } from "./waveform.js";

const UPDATE_EVERY_MS = 3000;
// Silence is skipped from this length on, and this much of it is left at both ends.
const SKIP_FROM_MS = 1500;
const KEPT_SILENCE_MS = 300;

const $ = (id) => document.getElementById(id);

let timeline;
let sound;
let noiseAsked = 0;
let frame = 0;

const waveform = new Waveform($("waveform"), (ms) => sound.seek(ms));
const transcript = new Transcript($("transcript"), (ms) => hear(ms));

function say(name, values) {
  $("message").textContent = name ? text(name, values) : "";
}

function refuse(error) {
  const name = error instanceof TypeError ? "offline" : error.code;
  say(knows(name) ? name : "failed");
  if (name === "link-expired") {
    $("stage").inert = true;
    sound?.pause();
  }
}

function hear(ms) {
  sound.seek(ms);
  sound.play();
}

function draw() {
  const { legs, direction, started_at, sound: kept } = timeline;
  $("title").textContent = `${text(direction ?? "call")}, ${moment(started_at)}`;
  document.title = $("title").textContent;
  const audible = ["ready", "preparing", "failed"].includes(kept.state);
  $("stage").hidden = !audible;
  say(kept.state === "ready" ? "" : kept.state);
  $("length").textContent = clock(timeline.duration_ms);
  $("waveform").setAttribute("aria-valuemax", Math.floor(timeline.duration_ms / 1000));
  for (const input of $("channel").querySelectorAll("input")) {
    input.disabled = !kept.channels.includes(input.value);
  }
  $("channel").hidden = kept.channels.length < 2;
  $("noise").disabled = !kept.denoise.available;
  $("noise").title = kept.denoise.available ? "" : text("denoise-switched-off");
  $("skip").closest("label").hidden = !timeline.silences.length && !timeline.gaps.length;
  drawLegs(legs);
  drawTicks($("ticks"), timeline, hear);
  drawTopics($("topics"), timeline, (hits) => hear(following(hits, sound.positionMs).start_ms));
  transcript.show(timeline);
  waveform.show(timeline);
}

function drawLegs(legs) {
  $("legs").hidden = legs.length < 2;
  $("legs").replaceChildren(
    ...legs.map(({ start_ms, end_ms, employee, group }, place) => {
      const leg = document.createElement("button");
      leg.type = "button";
      leg.textContent = employee?.name ?? group?.name ?? text("leg", { number: place + 1 });
      leg.title = `${leg.textContent}, ${clock(start_ms)}–${clock(end_ms)}`;
      leg.style.left = `${(100 * start_ms) / timeline.duration_ms}%`;
      leg.style.width = `${(100 * (end_ms - start_ms)) / timeline.duration_ms}%`;
      leg.addEventListener("click", () => hear(start_ms));
      return leg;
    }),
  );
}

function follow() {
  const now = sound.positionMs;
  $("now").textContent = clock(now);
  $("waveform").setAttribute("aria-valuenow", Math.floor(now / 1000));
  $("waveform").setAttribute(
    "aria-valuetext",
    text("place", { now: clock(now), length: clock(timeline.duration_ms) }),
  );
  $("play").classList.toggle("playing", sound.playing);
  $("play").setAttribute("aria-label", text(sound.playing ? "pause" : "play"));
  $("play").title = text(sound.playing ? "pause" : "play");
  $("speed-value").textContent = times(sound.speed);
  $("speed").value = sound.speed;
  $("volume").value = sound.volume;
  waveform.place(now);
  transcript.place(now);
}

// The element tells of its place four times a second; the picture follows it at every frame.
function run() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    if (sound.playing && $("skip").checked) skipSilence();
    follow();
    if (sound.playing) run();
  });
}

function skipSilence() {
  const now = sound.positionMs;
  const quiet = [...timeline.silences, ...timeline.gaps].find(
    ({ start_ms, end_ms }) =>
      end_ms - start_ms >= SKIP_FROM_MS && start_ms + KEPT_SILENCE_MS <= now && now < end_ms - 2 * KEPT_SILENCE_MS,
  );
  if (quiet && sound.reaches(quiet.end_ms)) sound.seek(quiet.end_ms - KEPT_SILENCE_MS);
}

async function suppressNoise(strength) {
  const asked = (noiseAsked += 1);
  const wanted = { ...sound.choice, noise: strength };
  $("progress").hidden = true;
  say("");
  try {
    for (;;) {
      const waiting = strength ? await readiness(soundAddress(wanted)) : null;
      if (asked !== noiseAsked) return;
      $("progress").hidden = !waiting;
      if (!waiting) break;
      $("progress").value = waiting.progress;
      say("noise-waits");
      await new Promise((resolve) => setTimeout(resolve, waiting.againInMs));
    }
    say("");
    sound.choose({ noise: strength });
  } catch (error) {
    if (asked !== noiseAsked) return;
    $("progress").hidden = true;
    refuse(error.code === "denoise-failed" ? { code: "noise-failed" } : error);
    choose("noise", sound.choice.noise);
  }
}

function choose(name, value) {
  const chosen = document.querySelector(`input[name=${name}][value="${value}"]`);
  if (!chosen || chosen.disabled || chosen.checked) return false;
  chosen.checked = true;
  return true;
}

function turn(name) {
  const choices = [...document.querySelectorAll(`input[name=${name}]:enabled`)];
  const following = choices[(choices.findIndex(({ checked }) => checked) + 1) % choices.length];
  following?.click();
}

const actions = {
  toggle: () => (sound.playing ? sound.pause() : sound.play()),
  step: (ms) => sound.seek(sound.positionMs + ms),
  part: (share) => sound.seek(share * timeline.duration_ms),
  louder: (step) => (sound.volume = Math.min(1, Math.max(0, sound.volume + step))),
  faster: (step) => (sound.speed = Math.min(3, Math.max(0.5, Math.round(10 * (sound.speed + step)) / 10))),
  mute: () => sound.mute(),
  mark: (back) => {
    const hits = hitsOf(timeline);
    if (hits.length) hear(following(hits, sound.positionMs, back).start_ms);
  },
  channel: () => turn("channel"),
  noise: () => turn("noise"),
  skip: () => $("skip").click(),
  help: () => $("help").showModal(),
};

function connect() {
  $("play").addEventListener("click", actions.toggle);
  $("back").addEventListener("click", () => actions.step(-10_000));
  $("forward").addEventListener("click", () => actions.step(10_000));
  $("speed").addEventListener("input", ({ target }) => (sound.speed = Number(target.value)));
  $("volume").addEventListener("input", ({ target }) => (sound.volume = Number(target.value)));
  $("channel").addEventListener("change", ({ target }) => sound.choose({ channel: target.value }));
  $("noise").addEventListener("change", ({ target }) => suppressNoise(target.value));
  $("help-open").addEventListener("click", actions.help);
  sound.addEventListener("change", run);
  sound.addEventListener("refused", ({ detail }) => refuse(detail));
  sound.addEventListener("unseekable", () => say("unseekable"));
  explain($("help").querySelector("dl"));
  listen(actions);
}

/** While recordings are being prepared, look again: then peaks come, and seeking works. */
async function keepUp() {
  while (timeline.sound.state === "preparing") {
    await new Promise((resolve) => setTimeout(resolve, UPDATE_EVERY_MS));
    try {
      ({ timeline } = await read("timeline"));
    } catch (error) {
      if (error.code === "link-expired") throw error;
      continue;
    }
    if (timeline.sound.state === "preparing") continue;
    draw();
    sound.lengthMs = timeline.duration_ms;
    if (!sound.reaches(timeline.duration_ms)) sound.reload();
  }
}

async function begin() {
  label(document);
  say("loading");
  try {
    const opened = await read("timeline");
    timeline = opened.timeline;
    sound = new Sound(opened.start_ms, timeline.duration_ms);
    connect();
    draw();
    follow();
    if (opened.with_download && !$("stage").hidden) {
      $("download").href = soundAddress(sound.choice, { download: true });
      $("download").hidden = false;
    }
    $("player").setAttribute("aria-busy", "false");
    await keepUp();
  } catch (error) {
    $("player").setAttribute("aria-busy", "false");
    refuse(error);
  }
}

begin();
