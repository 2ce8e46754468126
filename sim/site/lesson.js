// A lesson: each stage asks, then runs, and once somebody has predicted it tells the answer and why.
import answer from "answer";
import { columns } from "codec";
import { compare } from "comparison";
import { begin, element } from "dom";
import { Player } from "player";
import question from "question";
import { rowOfKnobs } from "slots";
import { forget, Kept, sayWhatIsStrange } from "stored";
import { feed } from "words";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "");

/** The question of a stage, and its answer under a cover; what is told after it appears with it. */
async function ask(stage, place, name, onSeen) {
  const why = /** @type {HTMLElement} */ (place.querySelector(".why"));
  const { question: asked, unit, value, others } = stage.asked;
  const prediction = new Kept(`${data.name}: ${name}`, {
    question: asked,
    unit,
    asks_reason: true,
    least: 0,
    most: null,
  });
  const show = () => {
    why.classList.toggle("is-closed", !prediction.get("seen"));
    if (prediction.get("seen")) onSeen();
  };
  question.render({ model: prediction, el: place.querySelector(".asked") });
  const shown = { value, others, interval: [], interval_of: "", prediction: "IPY_MODEL_" };
  const model = { get: (field) => shown[field], widget_manager: { get_model: async () => prediction } };
  prediction.on("change:seen", show);
  show();
  await answer.render({ model, el: place.querySelector(".answered") });
}

/** The run of a stage, in a player; its knobs run it anew. */
function play(stage, place) {
  const workload = columns(data.workloads[stage.workload]);
  const root = element("div");
  place.querySelector(".run").replaceChildren(root);
  const server = { ...stage.server };
  const run = () => {
    const { sync, async, sync_same_slots: same } = compare(workload, server, data.cycles);
    const runs = { both: { sync, async, sync_same_slots: same }, sync: { sync }, async: { async } };
    player.show(runs[stage.shows.length > 1 ? "both" : stage.shows[0]], workload, data.cycles, {
      warmup: server.warmup,
    });
  };
  const turn = (changes) => {
    Object.assign(server, changes);
    run();
    requestAnimationFrame(() => player.tellOutcome());
  };
  const above = stage.knobs.length ? [rowOfKnobs(stage.knobs, server, turn)] : [];
  const player = new Player(root, { cycles: stage.shows, asks: stage.knobs.length === 0, above });
  const speed = /** @type {HTMLSelectElement} */ (root.querySelector("[aria-label=Speed]"));
  speed.value = String(stage.speed);
  speed.dispatchEvent(new Event("change"));
  run();
  if (stage.knobs.length) player.uncover();
  return player;
}

/** Say which stage a region is of: on this page there are several of each. */
function nameRegions(place, number) {
  for (const region of place.querySelectorAll("section[aria-label], [role=group], [role=region], [role=status]"))
    region.setAttribute("aria-label", `${region.getAttribute("aria-label") ?? "What happens"}, stage ${number}`);
}

async function build(stage, place) {
  const number = place + 1;
  const part = /** @type {HTMLElement} */ (document.getElementById(`stage-${number}`));
  const player = play(stage, part);
  if (stage.asked) await ask(stage, part, `stage ${number}`, () => player.uncover());
  nameRegions(part, number);
}

begin();
document.documentElement.classList.add("runs");
feed(data.words);
sayWhatIsStrange();
data.stages.forEach(build);
document.getElementById("forget")?.addEventListener("click", () => {
  forget();
  location.reload();
});
