// A phone of the class: guess first, then press, wait, and be answered or not. Nothing of it is kept.
import { control, element, say } from "dom";

const IN_FLIGHT = 3;
const ASK_EVERY = 1500; // ms
const root = /** @type {HTMLElement} */ (document.getElementById("sim"));
const { code, cycles } = JSON.parse(root.dataset.lab ?? "{}");
sessionStorage.lab ??= crypto.getRandomValues(new Uint32Array(2)).join("").slice(0, 16);
const me = sessionStorage.lab;
const at = (what) => `/j/${code}/${what}`;
const post = (what, body) =>
  fetch(at(what), {
    method: "POST",
    headers: { "x-lab": "1", "x-phone": me, ...(body ? { "content-type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
    cache: "no-store",
  });

const title = element("h1", {}, "Request cycles");
const now = element("p", { role: "status" });
const asking = element("section", { hidden: "" });
const working = element("section", { hidden: "" });
root.classList.add("sim");
root.append(title, now, asking, working);

/** @type {any} */
let state = {};
let asked = 0;

/** Ask in each round anew, whether the question is another one or not. */
function ask() {
  if (asked === state.round) return;
  asked = state.round;
  const key = `guessed ${code} ${asked}`;
  const number = control("input", { type: "number", step: "any", inputmode: "decimal", required: "" });
  if (state.least !== null) number.min = state.least;
  if (state.most !== null) number.max = state.most;
  const reason = control("textarea", { rows: "2", maxlength: "200" });
  const commit = control("button", { type: "submit" }, "Commit");
  const told = element("p", { role: "status" });
  const form = element(
    "form",
    {},
    element("p", { class: "lab-question" }, state.question),
    element("label", {}, `Your guess${state.unit ? `, ${state.unit}` : ""}`, number),
    element("label", {}, "Why? (a few words)", reason),
    commit,
    told,
  );
  const done = (text) => {
    for (const field of [number, reason, commit]) field.disabled = true;
    say(told, text);
  };
  if (sessionStorage[key]) done(`You guessed ${sessionStorage[key]}.`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    commit.disabled = true;
    const answer = await post("predict", { phone: me, number: Number(number.value), reason: reason.value }).catch(
      () => null,
    );
    if (answer?.ok) {
      sessionStorage[key] = number.value;
      done(`You guessed ${number.value}. It stays so.`);
    } else {
      commit.disabled = false;
      say(told, answer?.status === 409 ? "Too late for this one." : "That was not taken; try again.");
    }
  });
  asking.replaceChildren(form);
}

const WORDS = {
  200: ["✓", "answered"],
  202: ["✓", "accepted: a worker does it"],
  503: ["✕", "the router gave up on you (503)"],
  500: ["✕", "the server failed (500)"],
  429: ["·", "not sent: three at a time"],
};
let flying = 0;
const log = element("ul", { class: "lab-log" });
const spoken = element("p", { role: "status", class: "sim-hidden" });
const buttons = ["page", "report"].map((kind) => {
  const words = kind === "page" ? "● A quick page" : "■ A slow report";
  const button = control("button", { type: "button", class: `lab-work ${kind}` }, words);
  button.addEventListener("click", () => go(kind));
  return button;
});
working.append(...buttons, log, spoken);

function allow() {
  for (const button of buttons) button.disabled = flying >= IN_FLIGHT;
}

async function go(kind) {
  if (flying >= IN_FLIGHT) return;
  flying++;
  allow();
  const line = element("li");
  log.prepend(line);
  while (log.children.length > 12) log.lastElementChild?.remove();
  const began = performance.now();
  const waited = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const timer = setInterval(() => say(line, `… ${kind}: waiting ${waited()}`), 100);
  const status = await post(kind)
    .then((answer) => answer.status)
    .catch(() => 0);
  clearInterval(timer);
  const [sign, words] = WORDS[status] ?? ["✕", "no answer: the connection was lost"];
  say(line, `${sign} ${kind}: ${words} after ${waited()}`);
  say(spoken, line.textContent ?? "");
  line.classList.toggle("bad", sign === "✕");
  flying--;
  allow();
}

function show() {
  asking.hidden = state.phase !== "predict" && state.phase !== "uncovered";
  working.hidden = state.phase !== "play";
  const more = { predict: "Guess first.", uncovered: "Look at the board.", play: "Now press, and look what it costs." };
  const mode =
    state.phase === "play" && state.mode ? ` ${cycles[state.mode]}, the router waits ${state.timeout} s.` : "";
  say(now, (more[state.phase] ?? "") + mode);
  if (!asking.hidden) ask();
}

async function look() {
  try {
    const answer = await fetch(at("state"), { cache: "no-store" });
    if (answer.status === 404) {
      say(now, "This class is over.");
      asking.hidden = working.hidden = true;
      return;
    }
    if (answer.ok) state = await answer.json();
    show();
  } catch {
    say(now, "The teacher's computer does not answer. Trying again …");
  }
  setTimeout(look, ASK_EVERY);
}
look();
