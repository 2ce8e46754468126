// Starts the deck, and the explorer in it when its slide is near.
const onPaper = new URLSearchParams(location.search).has("print-pdf");
// a browser that prints without a window prints at once: the pages must be laid out before it gets to draw a frame
if (onPaper) window.requestAnimationFrame = (draw) => Promise.resolve().then(() => draw(performance.now()));

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  scrollActivationWidth: null,
  minScale: 0.2,
  maxScale: 4,
  center: false,
  hash: true,
  slideNumber: "c/t",
  controlsTutorial: false,
  transition: still ? "none" : "fade",
  backgroundTransition: still ? "none" : "fade",
  transitionSpeed: "fast",
  pdfMaxPagesPerSlide: 1,
  plugins: [RevealMarkdown, RevealNotes],
}).then(() => {
  if (onPaper) return;
  Reveal.on("slidechanged", showExplorer);
  showExplorer();
});

/** Load the explorer into its slide once the talk is one slide away: it takes a moment, and memory. */
function showExplorer() {
  const slides = Reveal.getSlides();
  const near = slides.slice(Reveal.getIndices().h, Reveal.getIndices().h + 2);
  for (const place of near.flatMap((slide) => [...slide.querySelectorAll(".live:not(:has(iframe))")])) {
    const frame = document.createElement("iframe");
    frame.title = "The explorer: both request cycles, with knobs";
    frame.addEventListener("load", () => giveKeysBack(frame));
    frame.srcdoc = JSON.parse(document.getElementById("explorer").textContent);
    place.append(frame);
  }
}

/** A clicker must turn pages also when a knob has the keyboard; Escape takes it from the knobs. */
function giveKeysBack(frame) {
  const turns = { PageDown: () => Reveal.next(), PageUp: () => Reveal.prev(), Escape: () => {} };
  frame.contentDocument?.addEventListener(
    "keydown",
    (event) => {
      if (!turns[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      frame.blur();
      window.focus();
      turns[event.key]();
    },
    true,
  );
}
