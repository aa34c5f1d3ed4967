// What the page asks of the server: everything by the link that it was opened with.

const BASE = `${location.pathname}/`;

/** The server's refusal; `code` is that of its problem document. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? String(status));
    this.status = status;
    this.code = problem.code ?? (status >= 500 ? "unavailable" : "failed");
  }
}

/** The address of the sound, as chosen. */
export function soundAddress({ noise, channel }, more = {}) {
  const variant = noise ? { variant: "denoised", strength: noise } : { variant: "playback" };
  return `${BASE}sound?${new URLSearchParams({ ...variant, channel, ...more })}`;
}

/** A JSON document; throws Refused, or TypeError when the server does not answer. */
export async function read(path) {
  const answer = await fetch(BASE + path);
  if (!answer.ok) throw await refusal(answer);
  return answer.json();
}

/** How far a sound is: null when it can be played, else the share done and when to ask again. */
export async function readiness(address) {
  const asked = new AbortController();
  const answer = await fetch(address, { headers: { Range: "bytes=0-0" }, signal: asked.signal });
  if (!answer.ok) throw await refusal(answer);
  if (answer.status !== 202) {
    asked.abort();
    return null;
  }
  const { state, progress } = await answer.json();
  return { state, progress, againInMs: 1000 * Number(answer.headers.get("Retry-After") ?? 2) };
}

async function refusal(answer) {
  const isProblem = answer.headers.get("Content-Type")?.includes("json");
  return new Refused(answer.status, isProblem ? await answer.json() : {});
}
