// Put into the player's page before its own script: hears what its audio element plays.
const listenIn = {
  audio: null,
  connect(audio) {
    this.audio = audio;
    const context = new AudioContext({ sampleRate: 48000 });
    const splitter = context.createChannelSplitter(2);
    context.createMediaElementSource(audio).connect(splitter);
    this.sides = [0, 1].map((channel) => {
      const analyser = context.createAnalyser();
      analyser.fftSize = 8192;
      analyser.smoothingTimeConstant = 0;
      splitter.connect(analyser, channel);
      return analyser;
    });
    splitter.connect(context.destination);
    audio.addEventListener("play", () => context.resume());
  },
  measure() {
    const [left, right] = this.sides.map((analyser) => {
      const powers = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(powers);
      const loudest = powers.reduce((best, power, bin) => (power > powers[best] ? bin : best), 0);
      return powers[loudest] < -60 ? 0 : (loudest * analyser.context.sampleRate) / analyser.fftSize;
    });
    return { at: this.audio.currentTime, left, right };
  },
};
window.listenIn = listenIn;
window.Audio = class extends Audio {
  constructor(...given) {
    super(...given);
    listenIn.connect(this);
  }
};
