"""Predict first: nothing waits for the learner, and nothing tells the answer before a prediction is committed."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browser import Visit, visit
from page_model import HERE, REGISTER, node

import sim
from sim.player import prediction
from sim.player.assets import as_json, notebook_module
from sim.player.prediction import Answer, Prediction, amount

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "</script><img src=x onerror=alert(1)><!-- <b>how many</b>"


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "_committed", {})


def commit(guess: Prediction, number: float, reason: str = "") -> Prediction:
    """What the browser sends when the learner presses Commit."""
    guess.set_state({"committed": {"number": number, "reason": reason}})
    return guess


def shown_without_widgets(widget: Any) -> str:
    bundle, _ = widget._repr_mimebundle_()
    return json.dumps({kind: data for kind, data in bundle.items() if "widget" not in kind})


ANSWERING = """const amounts = await import("amount");
    for await (const line of (await import("node:readline")).createInterface({ input: process.stdin })) {
      const [name, values] = JSON.parse(line);
      console.log(JSON.stringify(amounts[name](...values)));
    }"""


@pytest.fixture(scope="module")
def in_the_browser() -> Iterator[Callable[..., str]]:
    """What a function of amount.js returns, by name; one process answers all."""
    command = [node(), "--import", REGISTER, "--input-type=module", "-e", ANSWERING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=HERE) as page:

        def returned(function: str, *values: Any) -> str:
            print(json.dumps([function, values]), file=page.stdin, flush=True)
            return json.loads(page.stdout.readline())

        yield returned


def test_where_nobody_predicts_the_static_output_says_so_and_not_the_answer():
    guess = sim.predict("How many requests get an error?", unit="requests")
    answer = guess.reveal(94, (61, 240))
    assert "Nobody predicted" in shown_without_widgets(answer)
    for told in (shown_without_widgets(answer), repr(answer), str(answer), shown_without_widgets(guess)):
        assert "94" not in told
        assert "61" not in told


def test_the_static_question_can_be_read_and_names_its_unit():
    assert repr(sim.predict("How long?", unit="s")) == "Predict: How long? (a number, in s)"
    assert repr(sim.predict("How much?")) == "Predict: How much? (a number)"


def test_what_was_committed_is_kept_with_its_reason_and_shown_beside_the_answer():
    guess = sim.predict("How many?", unit="requests")
    answer = guess.reveal(94, (61, 240), interval_of="20 runs")
    commit(guess, 12, "one in ten")
    assert (guess.number, guess.reason) == (12.0, "one in ten")
    assert repr(guess) == "How many? Predicted: 12 requests, because: one in ten"
    assert repr(answer) == "Predicted: 12 requests. Answer: 94 requests (20 runs: 61 to 240)."


def test_the_other_runs_are_told_where_no_widget_is():
    answer = commit(sim.predict("How many of them?", unit="requests"), 12, "").reveal(
        94, others=np.array([10, 454, 80])
    )
    assert repr(answer) == "Predicted: 12 requests. Answer: 94 requests (3 other runs: 10 to 454)."


def test_a_prediction_is_taken_back_until_the_answer_is_seen_and_then_kept():
    guess = commit(sim.predict("How many then?"), 12, "")
    guess.committed = None
    assert sim.predict("How many then?").number is None
    commit(guess, 13, "").seen = True
    again = sim.predict("How many then?")
    assert (again.number, again.seen) == (13.0, True)


def test_running_the_cell_again_does_not_lose_the_prediction():
    commit(sim.predict("How many?", unit="requests"), 12, "one in ten")
    again = sim.predict("How many?", unit="requests")
    assert (again.number, again.reason) == (12.0, "one in ten")
    assert sim.predict("How many others?", unit="requests").number is None


def test_an_answer_may_be_any_finite_number_numpy_s_too():
    answer = sim.predict("How many?").reveal(np.float64(2.5), np.array([2, 3]))
    assert (answer.value, answer.interval) == (2.5, [2.0, 3.0])


@pytest.mark.parametrize(
    ("value", "interval", "complaint"),
    [
        (None, None, "value = None; allowed: a finite number"),
        (float("nan"), None, "value = nan; allowed: a finite number"),
        (1, (0, float("inf")), "interval = inf; allowed: a finite number"),
        (5, (6, 7), "allowed: two numbers with 5 between them"),
        (5, (4, 5, 6), "allowed: two numbers with 5 between them"),
    ],
)
def test_an_answer_that_is_no_number_is_refused_in_one_line(value, interval, complaint):
    with pytest.raises(ValueError, match="allowed") as refused:
        sim.predict("How many?").reveal(value, interval)
    assert complaint in str(refused.value)


def test_a_question_must_be_asked():
    with pytest.raises(ValueError, match="allowed: a text"):
        sim.predict(" ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1800, "1,800"),
        (13.36, "13.4"),
        (0.097, "0.0970"),
        (-2.5, "-2.50"),
        (1234.4, "1,234"),
        (1e30, "1.00e+30"),
    ],
)
def test_numbers_are_shown_alike_in_python_and_in_the_browser(in_the_browser, value, shown):
    assert amount(value) == shown
    assert in_the_browser("amount", value) == shown


OTHERS = [10.0, 61, 80, 94, 94, 130, 240, 454]
COMMENTS = [
    (94, 94, "That is it exactly."),
    (90, 94, "Close: 4 % too low."),
    (94.1, 94, "Close: 1 % too high."),
    (60, 94, "36 % too low: the right size"),
    (40, 94, "Too low: about half of it."),
    (10, 94, "Too low: about a ninth of it."),
    (2.5, 94, "about 1/38 of it"),
    (2000, 94, "Too high: 21 times as much."),
    (0, 94, "there are some"),
    (5, 0, "there are none"),
    (-5, 3, "even the sign"),
]


@pytest.mark.parametrize(("guess", "value", "said"), COMMENTS)
def test_the_comment_says_how_far_off_and_in_which_direction(in_the_browser, guess, value, said):
    assert said in in_the_browser("comment", guess, value)


LUCK = [
    (10, 94, "With other luck it might have been: 1 of 8 other runs has 10 or less."),
    (80, 94, "With other luck it might have been: 3 of 8 other runs have 80 or less."),
    (9, 94, "And with other luck? None of 8 other runs has 9 or less."),
    (240, 94, "With other luck it might have been: 2 of 8 other runs have 240 or more."),
    (500, 94, "And with other luck? None of 8 other runs has 500 or more."),
    (0, 94, "And with other luck? None of 8 other runs has 0 or less."),
    (94, 94, ""),
    (91, 94, ""),
]


@pytest.mark.parametrize(("guess", "value", "said"), LUCK)
def test_then_other_runs_say_whether_it_was_luck(in_the_browser, guess, value, said):
    assert in_the_browser("luck", guess, value, OTHERS) == said


def test_without_other_runs_nothing_is_said_of_luck(in_the_browser):
    assert in_the_browser("luck", 10, 94, []) == ""


@pytest.mark.parametrize(
    ("guess", "interval", "is_close"), [(33, [30, 36], True), (9, [5, 121], False), (33, [], False)]
)
def test_only_an_uncertain_answer_is_as_close_as_anybody_can_tell_and_never_one_nine_times_as_large(
    in_the_browser, guess, interval, is_close
):
    said = in_the_browser("within", guess, 32 if guess == 33 else 81, interval)
    assert ("anybody can tell" in said) == is_close


DOUBTS = [
    (-5, 0, None, "-5 requests? It cannot be less than 0."),
    (1801, 0, 1800, "1,801 requests? It cannot be more than 1,800."),
    (1e30, 0, None, "1.00e+30 requests? That is very much."),
    (1e30, None, 1800, "1.00e+30 requests? It cannot be more than 1,800."),
    (0, 0, 1800, ""),
    (-5, None, None, ""),
    (12, 0, None, ""),
]


@pytest.mark.parametrize(("value", "least", "most", "said"), DOUBTS)
def test_what_cannot_be_is_doubted(in_the_browser, value, least, most, said):
    assert in_the_browser("doubt", value, least, most, "requests") == said


# the question and the answer as a notebook shows them, with the least of its models; nothing answers from Python
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Predict</title><style>STYLE</style><main></main>
<script type="module">
class Model {
  constructor(state) { Object.assign(this, { state, heard: {}, saved: null }); }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; for (const tell of this.heard[`change:${name}`] ?? []) tell(); }
  save_changes() { this.saved = { ...this.state }; }
  on(event, tell) { (this.heard[event] ??= []).push(tell); }
  off(event, tell) { this.heard[event] = this.heard[event].filter((other) => other !== tell); }
}
const data = DATA;
const [guess, answer] = [new Model(data.guess), new Model(data.answer)];
answer.widget_manager = { get_model: async (id) => (id === data.id ? guess : null) };
for (const [module, model] of [[data.question, guess], [data.shown, answer]].slice(0, data.parts)) {
  const { default: widget } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  const el = document.createElement("div");
  document.querySelector("main").append(el);
  await widget.render({ model, el });
}
Object.assign(window, { guess, answer, ready: true });
</script></html>"""


def page_of(guess: Prediction, answer: Answer, path: Path, parts: int = 2) -> str:
    """The address of a page with both, or without the answer; the models' state is what Python would send."""
    states = [{k: v for k, v in each.get_state().items() if not k.startswith("_")} for each in (guess, answer)]
    for state in states:
        state.pop("layout", None)
        state.pop("tabbable", None)
        state.pop("tooltip", None)
    modules = {"question": notebook_module("question"), "shown": notebook_module("answer")}
    data = as_json({"guess": states[0], "answer": states[1], "id": guess.model_id, "parts": parts} | modules)
    path.write_text(PAGE.replace("STYLE", str(guess._css)).replace("DATA", data), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def shown(browser: "Browser", tmp_path: Path) -> Iterator[Visit]:
    guess = sim.predict("How many requests get an error?", unit="requests")
    with visit(browser, page_of(guess, guess.reveal(94, (61, 240)), tmp_path / "predict.html")) as seen:
        seen.page.wait_for_function("window.ready")
        yield seen


def test_the_answer_is_covered_until_a_number_and_a_reason_are_committed_by_keyboard_alone(shown: Visit):
    page = shown.page
    assert "94" not in page.inner_text("main")
    page.keyboard.press("Tab")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    assert "And why?" in page.inner_text("[role=alert]")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("one in ten is a report")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    told = page.inner_text("main")
    assert "You predict 12 requests, because: one in ten is a report" in told
    assert "The answer: 94 requests (most other runs: 61 to 240 requests)." in told
    assert "Too low: about an eighth of it. What did you not think of?" in told
    assert shown.evaluate("window.guess.saved.committed") == {"number": 12, "reason": "one in ten is a report"}
    assert page.locator("input, textarea, button").count() == 0


def test_a_number_is_asked_for_first(shown: Visit):
    shown.page.click("text=Commit")
    assert "A number first" in shown.page.inner_text("[role=alert]")
    assert shown.evaluate("window.guess.state.committed") is None


def test_shift_enter_commits_from_the_reason_and_enter_makes_a_line(shown: Visit):
    page = shown.page
    page.fill("input", "12")
    page.focus("textarea")
    page.keyboard.type("one in ten")
    page.keyboard.press("Enter")
    assert shown.evaluate("window.guess.state.committed") is None
    page.keyboard.type("is a report")
    page.keyboard.press("Shift+Enter")
    assert shown.evaluate("window.guess.saved.committed.reason") == "one in ten\nis a report"


@pytest.mark.parametrize("number", ["-5", "1e30"])
def test_nonsense_is_asked_about_and_not_locked(shown: Visit, number: str):
    page = shown.page
    page.fill("input", number)
    page.fill("textarea", "why not")
    page.click("text=Commit")
    assert "Commit it once more if you mean it" in page.inner_text("[role=alert]")
    assert shown.evaluate("window.guess.state.committed") is None
    page.fill("input", "12")
    page.click("text=Commit")
    assert shown.evaluate("window.guess.saved.committed.number") == 12


def test_who_means_it_commits_it_once_more(shown: Visit):
    shown.page.fill("input", "1e30")
    shown.page.fill("textarea", "why not")
    shown.page.click("text=Commit")
    shown.page.click("text=Commit")
    assert shown.evaluate("window.guess.saved.committed.number") == 1e30


def test_a_prediction_can_be_taken_back_until_the_answer_is_there(browser: "Browser", tmp_path: Path):
    guess = sim.predict("How many?", unit="requests")
    for parts in (1, 2):
        with visit(browser, page_of(guess, guess.reveal(94), tmp_path / "predict.html", parts)) as seen:
            seen.page.wait_for_function("window.ready")
            seen.page.fill("input", "12")
            seen.page.fill("textarea", "one in ten")
            seen.page.click("text=Commit")
            back = seen.page.locator("text=Take it back")
            assert back.count() == (1 if parts == 1 else 0)
            if parts == 1:
                back.click()
                assert seen.evaluate("window.guess.saved.committed") is None
                assert seen.evaluate("document.activeElement.tagName") == "INPUT"


def test_other_runs_are_dots_below_the_answer(browser: "Browser", tmp_path: Path):
    guess = commit(sim.predict("How many?", unit="requests"), 10, "")
    with visit(browser, page_of(guess, guess.reveal(94, others=range(5, 125, 6)), tmp_path / "predict.html")) as seen:
        seen.page.wait_for_function("window.ready")
        assert seen.page.locator(".sim-other").count() == 20
        told = seen.page.inner_text(".sim-uncovered")
        assert "The answer: 94 requests (20 other runs: 5 to 119 requests)." in told
        assert "Too low: about a ninth of it" in told
        assert "1 of 20 other runs has 10 or less" in told
        assert "close" not in told.lower()


def test_show_anyway_uncovers_the_answer_and_says_that_nobody_predicted(shown: Visit):
    shown.page.focus("text=Show anyway")
    shown.page.keyboard.press("Enter")
    told = shown.page.inner_text(".sim-uncovered")
    assert "94 requests" in told
    assert "You did not predict" in told
    assert shown.evaluate("window.guess.state.committed") is None
    assert shown.evaluate("document.activeElement.className") == "sim-uncovered"


def test_every_control_has_a_name_and_keeps_its_keys_from_the_notebook(shown: Visit):
    controls = shown.evaluate("""() => [...document.querySelectorAll("input, textarea, button")].map((control) => [
        control.labels?.[0]?.textContent || control.textContent, control.dataset.lmSuppressShortcuts])""")
    assert controls == [["I predict", "true"], ["because", "true"], ["Commit", "true"], ["Show anyway", "true"]]
    assert shown.evaluate("[...document.querySelectorAll('[role=region]')].map((each) => each.ariaLabel)") == [
        "Prediction",
        "Answer",
    ]
    assert shown.evaluate("document.querySelectorAll('[role=region]')[1].getAttribute('aria-live')") == "polite"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_can_be_read_on_light_and_on_dark_paper(browser: "Browser", tmp_path: Path, scheme: str):
    guess = sim.predict("How many?", unit="requests")
    url = page_of(guess, guess.reveal(94), tmp_path / "predict.html")
    with visit(browser, url, color_scheme=scheme) as seen:
        seen.page.wait_for_function("window.ready")
        ink, paper = (
            seen.evaluate(f"getComputedStyle(document.querySelector('.sim-predict')).{name}")
            for name in ("color", "backgroundColor")
        )
    brightness = {name: sum(map(int, colour[4:-1].split(","))) for name, colour in (("ink", ink), ("paper", paper))}
    assert abs(brightness["ink"] - brightness["paper"]) > 500
    assert (brightness["paper"] > brightness["ink"]) == (scheme == "light")


def test_no_text_becomes_markup(browser: "Browser", tmp_path: Path):
    guess = sim.predict(HOSTILE, unit=HOSTILE)
    url = page_of(guess, guess.reveal(94, (61, 240), interval_of=HOSTILE), tmp_path / "predict.html")
    with visit(browser, url) as seen:
        seen.page.wait_for_function("window.ready")
        seen.page.fill("input", "12")
        seen.page.fill("textarea", HOSTILE)
        seen.page.click("text=Commit")
        assert seen.page.locator("img, b, main script").count() == 0
        assert seen.page.inner_text("main").count(HOSTILE) >= 5
