// The sound itself: one audio element, whose clock is that of the call.

import { readiness, soundAddress } from "./link.js";

/**
 * Plays the sound of the call. Nothing is asked of the server before somebody wants to hear it.
 * Events: `change` (playing, position, choice), `refused` with the error, `unseekable`.
 */
export class Sound extends EventTarget {
  #audio = new Audio();
  #choice = { noise: "", channel: "mix" };
  #wantedMs = null;

  /** Of the call; a recording may turn out longer than what is known at first. */
  lengthMs;

  constructor(startMs, lengthMs) {
    super();
    this.#wantedMs = startMs;
    this.lengthMs = lengthMs;
    this.#audio.preload = "auto";
    for (const name of ["play", "pause", "ended", "seeked", "timeupdate", "ratechange", "volumechange"]) {
      this.#audio.addEventListener(name, () => this.#tell("change"));
    }
    this.#audio.addEventListener("loadedmetadata", () => this.#arrive());
    this.#audio.addEventListener("error", () => this.#explain());
  }

  get playing() {
    return !this.#audio.paused && !this.#audio.ended;
  }

  get choice() {
    return this.#choice;
  }

  get speed() {
    return this.#audio.playbackRate;
  }

  set speed(factor) {
    // A new source begins at the default rate.
    this.#audio.defaultPlaybackRate = factor;
    this.#audio.playbackRate = factor;
  }

  get volume() {
    return this.#audio.muted ? 0 : this.#audio.volume;
  }

  set volume(share) {
    this.#audio.muted = false;
    this.#audio.volume = share;
  }

  mute() {
    this.#audio.muted = !this.#audio.muted;
  }

  get positionMs() {
    return this.#wantedMs ?? this.#audio.currentTime * 1000;
  }

  /** Whether a seek there works; it does not in a sound that is transcoded while it streams. */
  reaches(ms) {
    const { seekable, duration } = this.#audio;
    const endS = seekable.length ? seekable.end(seekable.length - 1) : 0;
    return endS * 1000 >= ms || endS >= duration - 0.5;
  }

  play() {
    if (this.#audio.ended) this.#wantedMs = 0;
    if (!this.#audio.hasAttribute("src")) this.#load();
    this.#arrive();
    // It is refused where the browser wants a gesture first: then the button still says so.
    return this.#audio.play().catch(() => this.#tell("change"));
  }

  pause() {
    this.#audio.pause();
  }

  seek(ms) {
    const target = Math.min(Math.max(ms, 0), Math.max(0, this.lengthMs - 50));
    this.#wantedMs = target;
    this.#arrive();
    this.#tell("change");
  }

  /** Go on at the same place with another choice of side or noise suppression. */
  choose(choice) {
    this.#choice = { ...this.#choice, ...choice };
    this.reload();
    this.#tell("change");
  }

  /** Ask for the sound anew, at the same place. */
  reload() {
    if (!this.#audio.hasAttribute("src")) return;
    const wasPlaying = this.playing;
    this.#wantedMs = this.positionMs;
    this.#load();
    if (wasPlaying) this.play();
  }

  #load() {
    this.#audio.src = soundAddress(this.#choice);
  }

  /** Go to the place that is wanted, as soon as enough is known of the sound. */
  #arrive() {
    const target = this.#wantedMs;
    if (target === null || this.#audio.readyState < HTMLMediaElement.HAVE_METADATA) return;
    this.#wantedMs = null;
    if (target > 0 && !this.reaches(target)) {
      this.#tell("unseekable");
      return;
    }
    this.#audio.currentTime = target / 1000;
  }

  async #explain() {
    const address = this.#audio.getAttribute("src");
    if (!address) return;
    // Whoever presses play again asks for the sound anew, at this place.
    this.#wantedMs = this.positionMs;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    this.#tell("change");
    try {
      await readiness(address);
      this.dispatchEvent(new CustomEvent("refused", { detail: { code: "failed" } }));
    } catch (error) {
      this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    }
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
