// Making elements: text only ever enters as text.

/** Begin, but where the browser is too old: then the page has said so. */
export function begin() {
  const old = document.getElementById("old");
  if (old?.hidden === false) throw new Error("this browser is too old");
  old?.remove();
}

/** An element with attributes ("class", "aria-label", ...; null ones are left out) and children (elements or text). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** A control that takes the keyboard: notebooks must not take its keys for shortcuts. */
export function control(tag, attributes, ...children) {
  return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
}

/**
 * A slider; a finger that began to scroll the page on it leaves it where it was, and a hand that lets it go where it
 * was is a change, too: of that browsers do not tell.
 */
export function slider(attributes) {
  const made = /** @type {HTMLInputElement} */ (control("input", { type: "range", ...attributes }));
  let before = made.value;
  let isTold = true;
  const tellOf = (...events) => {
    for (const event of events) made.dispatchEvent(new Event(event, { bubbles: true }));
  };
  made.addEventListener("input", () => {
    isTold = false;
  });
  made.addEventListener("change", () => {
    isTold = true;
  });
  made.addEventListener("pointerdown", () => {
    before = made.value;
    addEventListener("pointerup", () => !isTold && made.value === before && tellOf("change"), { once: true });
  });
  made.addEventListener("pointercancel", () => {
    made.value = before;
    tellOf("input", "change");
  });
  return made;
}

/** A button with a sign for narrow places and a word for the others. */
export function button(sign, word, hint, act) {
  const label = element("span", { class: "sim-word" }, ` ${word}`);
  const made = control(
    "button",
    { type: "button", title: hint, "aria-label": word },
    element("span", { "aria-hidden": "true" }, sign),
    label,
  );
  made.addEventListener("click", act);
  return made;
}

/** Set those properties of a control that have changed: a browser draws it anew for each that is set. */
export function stand(target, properties) {
  for (const [name, value] of Object.entries(properties)) if (target[name] !== value) target[name] = value;
}

/** Set an attribute if it has changed. */
export function tell(target, name, text) {
  if (target.getAttribute(name) !== text) target.setAttribute(name, text);
}

/** Set an element's text if it has changed; another text in the old one's place costs a browser less than a new one. */
export function say(target, text) {
  const { firstChild: old, lastChild } = target;
  if (target.textContent === text) return;
  if (old instanceof Text && old === lastChild && text) old.data = text;
  else target.textContent = text;
}
