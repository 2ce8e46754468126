// Starts the deck, and the explorer in it when its slide is near; or lays it out for paper.
const paper = new URLSearchParams(location.search).get("paper"); // "teacher" or "students"; on the screen null
// a browser that prints without a window prints at once: the pages must be laid out before it gets to draw a frame
if (paper) {
  window.requestAnimationFrame = (draw) => {
    queueMicrotask(() => draw(performance.now()));
    return 0;
  };
}

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

const shown = Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  scrollActivationWidth: null,
  minScale: 0.2,
  maxScale: 4,
  center: false,
  hash: !paper,
  slideNumber: "c/t",
  controlsTutorial: false,
  transition: still ? "none" : "fade",
  backgroundTransition: still ? "none" : "fade",
  transitionSpeed: "fast",
  plugins: [RevealMarkdown, RevealNotes],
}).then(() => {
  if (paper) return layOutOnPaper();
  Reveal.on("slidechanged", showExplorer);
  Reveal.on("slidechanged", makeRoom);
  showExplorer();
});

/** Once the slides are there, and unless they are for paper: let `act` do more with them, and turn them by key. */
// biome-ignore lint/correctness/noUnusedVariables: the scripts of the slides' questions call it
function whenShown(act) {
  shown.then(() => paper || act(Reveal.getSlidesElement(), turn));
}

/** A clicker must turn the slides also when something in one has the keyboard; Escape takes it from there. */
function turn(event) {
  const turns = { PageDown: () => Reveal.next(), PageUp: () => Reveal.prev(), Escape: () => {} };
  if (!turns[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  event.target.blur?.();
  window.focus();
  turns[event.key]();
}

/** Three slides a page, each small and beside it its notes; for students lines to write on in their place. */
function layOutOnPaper() {
  const sheets = document.createElement("main");
  Reveal.getSlides().forEach((slide, number) => {
    if (number % 3 === 0) sheets.append(element("section", "sheet"));
    const notes = slide.querySelector("aside.notes");
    const beside = element("div", "beside");
    beside.append(element("p", "number", `${number + 1}`));
    if (paper === "teacher") beside.append(...(notes?.children ?? []));
    else beside.append(...Array.from({ length: 7 }, () => element("hr", "line")));
    notes?.remove();
    const shown = element("section", slide.className.replace(/past|present|future/g, ""));
    shown.append(...slide.childNodes);
    const frame = element("div", "reveal small");
    const slides = element("div", "slides");
    slides.append(shown);
    frame.append(slides);
    const row = element("article", "row");
    row.append(frame, beside);
    sheets.lastElementChild?.append(row);
  });
  document.body.replaceChildren(sheets);
  document.documentElement.className = "paper print-pdf"; // reveal has a print style of its own for all others
  document.body.className = "";
  document.documentElement.removeAttribute("style");
  document.body.removeAttribute("style");
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Load the explorer into its slide once the talk is one slide away: it takes a moment, and memory. */
function showExplorer() {
  const slides = Reveal.getSlides();
  const near = slides.slice(Reveal.getIndices().h, Reveal.getIndices().h + 2);
  for (const place of near.flatMap((slide) => [...slide.querySelectorAll(".live:not(:has(iframe))")])) {
    const frame = document.createElement("iframe");
    frame.title = "The explorer: both request cycles, with knobs";
    frame.addEventListener("load", () => giveKeysBack(frame));
    frame.srcdoc = JSON.parse(document.getElementById("explorer")?.textContent ?? "");
    place.append(frame);
  }
}

/** An explorer that fills the screen would stand before the next slide. */
function makeRoom() {
  if (document.fullscreenElement?.matches("iframe")) document.exitFullscreen();
}

/** Also from the explorer, which is a page of its own. */
function giveKeysBack(frame) {
  frame.contentDocument?.addEventListener(
    "keydown",
    (event) => {
      turn(event);
      if (event.defaultPrevented) frame.blur();
    },
    true,
  );
}
