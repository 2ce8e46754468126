// In a page of its own: the data stands in the document, the knobs in its address.
import { begin } from "dom";
import { mount } from "main";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "");
begin();
mount(document.getElementById("sim"), data, { keepInAddress: true, keys: document });
