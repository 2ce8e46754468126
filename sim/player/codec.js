// Columns of numbers as Python sends them: base64 of little-endian arrays, or plain lists.
const ARRAYS = { f8: Float64Array, i4: Int32Array, i2: Int16Array, i1: Int8Array, u1: Uint8Array };

/** The typed array behind {type, base64}; lists become Float64Array, null stays null. */
export function column(sent) {
  if (sent === null || sent === undefined) return null;
  if (!("base64" in sent)) return Float64Array.from(sent);
  const text = atob(sent.base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return new ARRAYS[sent.type](bytes.buffer);
}

/** An object of columns, by name; whatever is not a column is handed on as it is. */
export function columns(sent) {
  const isColumn = (value) => value !== null && typeof value === "object" && "base64" in value;
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, isColumn(value) ? column(value) : value]),
  );
}
