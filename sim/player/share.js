// What is handed on: a link, a frame for another page, the scenario as a file; and a file that somebody brings.
import { button, control, element, say } from "dom";
import { scenarioFrom } from "fields";
import { opened } from "opened";
import { Refused } from "refused";
import { asToml } from "saved";
import { parse } from "toml";

const LARGEST_FILE = 1_000_000; // bytes; a scenario is a page of text
const FRAME = { width: "100%", height: "760" };
const OF_THIS_COMPUTER = " Its address is one of this computer: on a site of yours it works for others, too.";

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** Whether this page has an address that can be handed on. */
const hasAddress = () => /^(https?|file):$/.test(globalThis.location?.protocol ?? "");

export class Share {
  /** What opens the dialog, the dialog, and the line that says what was refused. */
  button = button("↗", "Share", "copy a link, embed, save or open a scenario", () => this.dialog.showModal());
  told = element("p", { class: "sim-told", role: "alert" });
  dialog = /** @type {HTMLDialogElement} */ (element("dialog", { class: "sim-keys sim-share", "aria-label": "Share" }));
  #covered = /** @type {HTMLInputElement} */ (control("input", { type: "checkbox" }));
  #text = /** @type {HTMLTextAreaElement} */ (
    control("textarea", { readonly: "", rows: "3", hidden: "", "aria-label": "To copy" })
  );
  #said = element("p", { role: "status" });
  #explorer;

  /** @param {import("explorer").Explorer} explorer */
  constructor(explorer) {
    this.#explorer = explorer;
    this.#build();
    explorer.root.addEventListener("dragover", (/** @type {DragEvent} */ event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    explorer.root.addEventListener("drop", (/** @type {DragEvent} */ event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      this.#bring(file);
    });
  }

  /** The address of what is seen. */
  get #address() {
    return location.href.replace(/#.*/, "") + this.#explorer.fragment(this.#covered.checked);
  }

  #build() {
    const made = (text, act) => {
      const one = control("button", { type: "button" }, text);
      one.addEventListener("click", act);
      return one;
    };
    const link = made("Copy link", () => this.#copy(this.#address));
    const frame = made("Embed", () => this.#copy(this.#frame));
    const save = made("Save as TOML", () => this.#save());
    const file = /** @type {HTMLInputElement} */ (control("input", { type: "file", accept: ".toml,text/plain" }));
    file.addEventListener("change", () => file.files?.[0] && this.#bring(file.files[0]));
    const cover = element("label", {}, this.#covered, " cover how it goes: whoever opens it is asked first");
    const links = hasAddress() ? [element("p", {}, link, " ", frame), element("p", {}, cover)] : [];
    const open = element("label", {}, "Open a scenario (TOML), or drop it on the page: ", file);
    const close = made("Close", () => this.dialog.close());
    this.dialog.append(...links, this.#text, element("p", {}, save), element("p", {}, open), this.#said, close);
  }

  get #frame() {
    const parts = {
      src: this.#address,
      title: "SYNC and ASYNC: the explorer",
      ...FRAME,
      style: "border: 0",
      loading: "lazy",
    };
    const attributes = Object.entries(parts).map(([name, value]) => `${name}="${escaped(value)}"`);
    return `<iframe ${attributes.join(" ")}></iframe>`;
  }

  async #copy(text) {
    if (!this.#explorer.fragment()) return say(this.#said, "Too long for a link: save it as TOML.");
    this.#text.hidden = false;
    this.#text.value = text;
    this.#text.select();
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    const where = location.protocol === "file:" ? OF_THIS_COMPUTER : "";
    say(this.#said, (copied ? "Copied." : "It is selected: copy it with Ctrl+C or ⌘C.") + where);
  }

  #save() {
    const { preset, knobs, seed, data, name } = this.#explorer;
    if (preset.mystery) return say(this.#said, "The mystery would be none any more.");
    if (preset.draws) return say(this.#said, "Requests of a log are no scenario: compare --workload FILE reads them.");
    const text = asToml(preset, knobs, seed, data.fields);
    const refused = this.#tried(() => scenarioFrom(parse(text), data.fields));
    if (refused) return say(this.#said, `Not saved: ${refused}`);
    const address = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
    element("a", { href: address, download: `${name}.toml` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    say(this.#said, `Saved: python -m sim compare ${name}.toml`);
  }

  async #bring(file) {
    this.dialog.close();
    const name = file.name.slice(0, 60);
    const text = file.size > LARGEST_FILE ? null : await file.arrayBuffer().then(asText);
    const refused = text === null ? "allowed: a text in UTF-8 of at most a megabyte" : this.#open(text, name);
    this.say(refused ? `${name}: ${refused}. Nothing was opened.` : "");
  }

  #open(text, name) {
    const { fields, presets } = this.#explorer.data;
    return this.#tried(() => this.#explorer.bring(opened(text, fields, name, presets)));
  }

  /** What is wrong with what was tried, in words; "" if nothing is. */
  #tried(act) {
    try {
      act();
      return "";
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
  }

  /** Say what was refused; "": nothing was. */
  say(refused) {
    say(this.told, refused);
  }
}

/** The text behind bytes in UTF-8; null for others. */
function asText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
