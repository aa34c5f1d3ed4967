// Everything that the page says, in Russian and English, and how it writes numbers and times.

const TEXTS = {
  ru: {
    inbound: "Входящий звонок",
    outbound: "Исходящий звонок",
    internal: "Внутренний звонок",
    call: "Звонок",
    download: "Скачать",
    keys: "Клавиши",
    close: "Закрыть",
    legs: "Плечи звонка",
    leg: "Плечо {number}",
    position: "Место в записи",
    place: "{now} из {length}",
    play: "Слушать",
    pause: "Пауза",
    back: "На 10 секунд назад",
    forward: "На 10 секунд вперёд",
    speed: "Скорость",
    volume: "Громкость",
    channel: "Стороны",
    mix: "Обе",
    operator: "Сотрудник",
    client: "Клиент",
    unknown: "Собеседник",
    noise: "Подавление шума",
    "noise-off": "Нет",
    "noise-light": "Слабое",
    "noise-medium": "Среднее",
    "noise-strong": "Сильное",
    skip: "Пропускать тишину",
    topics: "Тематики",
    "topic-hits": { one: "{name}: {count} вхождение, к следующему", few: "{name}: {count} вхождения, к следующему", many: "{name}: {count} вхождений, к следующему" },
    hit: "{topic}, {who}: «{text}»",
    transcript: "Расшифровка",
    loading: "Загружаем…",
    none: "Этот звонок не записан.",
    destroyed: "Запись этого звонка уничтожена: срок её хранения истёк.",
    preparing: "Запись готовится. Слушать можно уже сейчас, перематывать — чуть позже.",
    failed: "Запись не удаётся прочитать.",
    unseekable: "Пока запись готовится, перематывать её нельзя.",
    "preparing-noise": "Подавляем шум",
    "noise-waits": "Подавляем шум. Пока звучит запись как есть.",
    "noise-failed": "Подавить шум не удалось.",
    "link-expired": "Ссылка больше не действует: её срок истёк, или её отозвали.",
    "recording-switched-off": "Прослушивание записей выключено в настройках аккаунта.",
    "denoise-switched-off": "Подавление шума выключено в настройках аккаунта.",
    "recording-destroyed": "Запись этого звонка уничтожена: срок её хранения истёк.",
    "no-recording": "Этот звонок не записан.",
    "channel-not-separable": "Эту сторону нельзя выделить из записи.",
    "sound-unreadable": "Запись не удаётся прочитать.",
    unavailable: "Сейчас запись недоступна. Попробуйте через минуту.",
    offline: "Нет связи с сервером.",
    "key-play": "слушать, пауза",
    "key-seek": "на 5 секунд назад, вперёд",
    "key-far": "на 30 секунд назад, вперёд",
    "key-part": "к 0 %, 10 % … 90 % записи",
    "key-marks": "к предыдущему, следующему вхождению",
    "key-speed": "медленнее, быстрее",
    "key-volume": "тише, громче",
    "key-mute": "без звука",
    "key-channel": "другая сторона",
    "key-noise": "другая сила подавления шума",
    "key-skip": "пропускать тишину",
    "key-help": "эта подсказка",
  },
  en: {
    inbound: "Incoming call",
    outbound: "Outgoing call",
    internal: "Internal call",
    call: "Call",
    download: "Download",
    keys: "Keys",
    close: "Close",
    legs: "Legs of the call",
    leg: "Leg {number}",
    position: "Place in the recording",
    place: "{now} of {length}",
    play: "Play",
    pause: "Pause",
    back: "Back 10 seconds",
    forward: "Forward 10 seconds",
    speed: "Speed",
    volume: "Volume",
    channel: "Sides",
    mix: "Both",
    operator: "Employee",
    client: "Client",
    unknown: "Speaker",
    noise: "Noise suppression",
    "noise-off": "Off",
    "noise-light": "Light",
    "noise-medium": "Medium",
    "noise-strong": "Strong",
    skip: "Skip silence",
    topics: "Topics",
    "topic-hits": { one: "{name}: {count} hit, go to the next", other: "{name}: {count} hits, go to the next" },
    hit: "{topic}, {who}: “{text}”",
    transcript: "Transcript",
    loading: "Loading…",
    none: "Nothing was recorded of this call.",
    destroyed: "The recording of this call was destroyed: it is kept no longer.",
    preparing: "The recording is being prepared. You can listen already, and seek a little later.",
    failed: "The recording cannot be read.",
    unseekable: "While the recording is being prepared you cannot seek.",
    "preparing-noise": "Suppressing noise",
    "noise-waits": "Suppressing noise. Until then you hear the recording as it is.",
    "noise-failed": "The noise could not be suppressed.",
    "link-expired": "This link works no longer: its time is over, or it was revoked.",
    "recording-switched-off": "Listening is switched off in the settings of the account.",
    "denoise-switched-off": "Noise suppression is switched off in the settings of the account.",
    "recording-destroyed": "The recording of this call was destroyed: it is kept no longer.",
    "no-recording": "Nothing was recorded of this call.",
    "channel-not-separable": "This side cannot be heard by itself.",
    "sound-unreadable": "The recording cannot be read.",
    unavailable: "The recording cannot be had at the moment. Try again in a minute.",
    offline: "The server does not answer.",
    "key-play": "play, pause",
    "key-seek": "5 seconds back, forward",
    "key-far": "30 seconds back, forward",
    "key-part": "to 0 %, 10 % … 90 % of the recording",
    "key-marks": "to the previous, next hit",
    "key-speed": "slower, faster",
    "key-volume": "quieter, louder",
    "key-mute": "mute",
    "key-channel": "the other side",
    "key-noise": "another strength of noise suppression",
    "key-skip": "skip silence",
    "key-help": "this help",
  },
};

const language = document.documentElement.lang in TEXTS ? document.documentElement.lang : "ru";
const plurals = new Intl.PluralRules(language);
const speeds = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** The text of a name; `{places}` are filled, and `count` chooses among plural forms. */
export function text(name, values = {}) {
  const found = TEXTS[language][name] ?? name;
  const form = typeof found === "string" ? found : found[plurals.select(values.count)] ?? found.many;
  return form.replace(/\{(\w+)\}/g, (_, place) => values[place]);
}

/** Whether there is a text of that name. */
export const knows = (name) => name in TEXTS[language];

/** Writes all texts of the page's own elements. */
export function label(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
    if (element.matches("button")) element.title = text(element.dataset.label);
  }
}

/** 3:05 or 1:03:05. */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

/** 1,5× */
export const times = (factor) => `${speeds.format(factor)}×`;

/** A date with its time, in the reader's zone. */
export const moment = (iso) => moments.format(new Date(iso));
