// The picture of the call: peaks of both sides on its clock, what is missing, and the place in it.

import { read } from "./link.js";
import { clock } from "./texts.js";

const SIDES = ["operator", "client"];
// A whisper is still seen, and silence is not blown up to noise.
const LEAST_PEAK = 24;

/** Draws on the canvas of `element`; calls `seek(ms)` when somebody points at a place. */
export class Waveform {
  #element;
  #canvas;
  #pointed;
  #peaks = new Map();
  #timeline;
  #columns = null;
  #positionMs = 0;
  #asked = 0;

  constructor(element, seek) {
    this.#element = element;
    this.#canvas = element.querySelector("canvas");
    this.#pointed = element.querySelector("output");
    new ResizeObserver(() => this.#measure()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#ask());
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      seek(this.#msAt(event));
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) seek(this.#msAt(event));
      this.#point(event);
    });
    element.addEventListener("pointerleave", () => (this.#pointed.hidden = true));
  }

  /** Take the timeline and fetch the peaks of recordings that have them now. */
  async show(timeline) {
    this.#timeline = timeline;
    this.#measure();
    const ready = timeline.recordings.filter(({ id, state }) => state === "ready" && !this.#peaks.has(id));
    await Promise.all(
      ready.map(async ({ id }) => {
        try {
          this.#peaks.set(id, await read(`waveform/${id}`));
        } catch {
          // The sound can be heard without its picture.
        }
      }),
    );
    this.#measure();
  }

  place(ms) {
    this.#positionMs = ms;
    this.#ask();
  }

  get #lanes() {
    const speakers = new Set(this.#timeline.recordings.flatMap((recording) => recording.speakers));
    return SIDES.some((side) => speakers.has(side)) ? SIDES : ["unknown"];
  }

  /** The greatest peak of each lane at each pixel of the canvas. */
  #measure() {
    const { clientWidth, clientHeight } = this.#canvas;
    if (!this.#timeline || !clientWidth) return;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    const lanes = this.#lanes;
    this.#columns = new Map(lanes.map((lane) => [lane, new Uint8Array(clientWidth)]));
    for (const recording of this.#timeline.recordings) {
      const peaks = this.#peaks.get(recording.id);
      if (!peaks) continue;
      for (let channel = 0; channel < peaks.channels; channel += 1) {
        const speaker = recording.speakers[channel] ?? "unknown";
        for (const lane of lanes.includes(speaker) ? [speaker] : lanes) {
          this.#add(this.#columns.get(lane), peaks, channel, recording, lane);
        }
      }
    }
    for (const lane of this.#element.querySelectorAll(".lane")) lane.hidden = lanes.length < 2;
    this.#ask();
  }

  #add(columns, peaks, channel, recording, lane) {
    const pixelMs = (1000 * peaks.samples_per_pixel) / peaks.sample_rate;
    const columnMs = this.#timeline.duration_ms / columns.length;
    const hidden = recording.hidden.filter(({ side }) => side === lane || lane === "unknown");
    for (let x = 0; x < columns.length; x += 1) {
      const fromMs = x * columnMs;
      if (hidden.some(({ start_ms, end_ms }) => start_ms <= fromMs && fromMs < end_ms)) continue;
      const first = Math.floor((fromMs - recording.start_ms) / pixelMs);
      const end = Math.max(first + 1, Math.floor((fromMs + columnMs - recording.start_ms) / pixelMs));
      for (let pixel = Math.max(0, first); pixel < Math.min(end, peaks.length); pixel += 1) {
        const at = 2 * (pixel * peaks.channels + channel);
        columns[x] = Math.max(columns[x], -peaks.data[at], peaks.data[at + 1]);
      }
    }
  }

  #ask() {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#draw();
    });
  }

  #draw() {
    if (!this.#columns) return;
    const context = this.#canvas.getContext("2d");
    const style = getComputedStyle(this.#element);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    const xOf = (ms) => (ms / this.#timeline.duration_ms) * width;
    context.fillStyle = colour("gap");
    for (const { start_ms, end_ms } of this.#timeline.gaps) {
      context.fillRect(xOf(start_ms), 0, Math.max(1, xOf(end_ms - start_ms)), height);
    }
    const now = xOf(this.#positionMs);
    const loudest = Math.max(LEAST_PEAK, ...[...this.#columns.values()].map((columns) => Math.max(...columns)));
    const laneHeight = height / this.#columns.size;
    let top = 0;
    for (const [lane, columns] of this.#columns) {
      context.fillStyle = colour(lane);
      columns.forEach((peak, x) => {
        const bar = Math.max(1, (peak / loudest) * (laneHeight - 6));
        context.globalAlpha = x < now ? 1 : 0.45;
        context.fillRect(x, top + (laneHeight - bar) / 2, 1, bar);
      });
      top += laneHeight;
    }
    context.globalAlpha = 1;
    context.fillStyle = colour("ink");
    context.fillRect(Math.min(width - 2, Math.max(0, now - 1)), 0, 2, height);
  }

  #msAt(event) {
    const { left, width } = this.#canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return share * this.#timeline.duration_ms;
  }

  #point(event) {
    if (!this.#timeline) return;
    const { left, width } = this.#canvas.getBoundingClientRect();
    this.#pointed.textContent = clock(this.#msAt(event));
    this.#pointed.hidden = false;
    const half = this.#pointed.offsetWidth / 2;
    const x = Math.min(width - half, Math.max(half, event.clientX - left));
    this.#pointed.style.left = `${x}px`;
  }
}
