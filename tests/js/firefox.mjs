// Opens pages in Firefox, offline, as somebody uses them; says in JSON what they showed and what they complained about.
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const { program, pages } = JSON.parse(readFileSync(0, "utf8"));
const text = (page, selector) => page.$eval(selector, (found) => found.textContent);
/** Press a button by the keyboard, as it stands. */
async function press(page, selector) {
  await page.focus(selector);
  await page.keyboard.press("Enter");
}
/** Wait until a question about a page says yes; the page's policy lets no text be run there, so it is asked again. */
async function until(asked) {
  while (!(await asked())) await new Promise((done) => setTimeout(done, 50));
}

const ACTS = {
  async play(page) {
    await press(page, "button[aria-label=Play]");
    await until(async () => Number.parseFloat(await text(page, ".sim-clock")) > 0.3);
    await press(page, "button[aria-label=Pause]");
    return text(page, ".sim-clock");
  },
  async guess(page) {
    for (const field of await page.$$(".sim-commit input")) await field.type("90");
    await press(page, ".sim-commit button[type=submit]");
    await until(async () => !(await page.$(".sim-commit form")));
    return text(page, ".sim-commit");
  },
  async knob(page) {
    await page.focus("[aria-label=Threads]");
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press("ArrowRight");
    await until(async () => /get an error|gets an error/.test(await text(page, ".sim-whole")));
    return [await page.$eval("[aria-label=Threads]", (knob) => knob.value), await text(page, ".sim-whole")];
  },
  async lesson(page) {
    const stage = "#stage-2";
    await page.type(`${stage} .asked input`, "70");
    await page.type(`${stage} .asked textarea`, "luck");
    await press(page, `${stage} .asked button[type=submit]`);
    return ACTS.remembered(page);
  },
  async remembered(page) {
    const stage = "#stage-2";
    await until(() => page.$(`${stage} .sim-uncovered`));
    return [
      await text(page, `${stage} .sim-uncovered`),
      await page.$eval(`${stage} .why`, (why) => why.checkVisibility()),
    ];
  },
  async talk(page) {
    await until(() => page.$(".live iframe"));
    const frame = await (await page.$(".live iframe")).contentFrame();
    await until(
      async () => (await frame.$(".sim-counts")) && (await frame.$eval(".sim-counts", (at) => at.textContent)),
    );
    return frame.$eval(".sim-counts", (at) => at.textContent);
  },
  async asked(page) {
    await until(() => page.$(".asked form"));
    return page.$$eval(".asked .sim-asked", (questions) => questions.map((question) => question.textContent));
  },
};

const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const told = [];
for (const { url, width, height, acts } of pages) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  const place = url.slice(0, url.lastIndexOf("/") + 1);
  page.on("request", (asked) => {
    if (![place, "data:", "blob:", "about:"].some((own) => asked.url().startsWith(own)))
      complaints.push(`asked for: ${asked.url().slice(0, 200)}`);
  });
  await page.setViewport({ width, height });
  await page.goto(url);
  await until(() => page.$(".sim-clock, .reveal.ready"));
  const shown = {};
  for (const act of acts) shown[act] = await ACTS[act](page);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  told.push({ shown, complaints, sideways });
  await page.close();
}
await browser.close();
process.stdout.write(JSON.stringify(told));
