// Making elements: text only ever enters as text.

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

/** Set an element's text if it has changed. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
