"""The widgets in a real JupyterLab: explorer, player, a prediction; one server and one browser for all of them."""

from collections.abc import Iterator

import pytest
from browser import chromium
from jupyter_lab import Lab, jupyter_lab, run_all, run_cell


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with chromium() as browser, jupyter_lab(browser, tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def test_the_explorer_works_in_a_real_jupyterlab(lab: Lab) -> None:
    ask = "from sim.player import explore\nwidget = explore('quiet')\nwidget"
    with lab.notebook(ask, "print('threads:', widget.scenario.threads)", "widget") as page:
        run_cell(page, 0)
        page.get_by_role("slider", name="Threads", exact=True).focus()
        for key in ("ArrowRight", "b", "a", "ArrowRight"):  # "b" and "a" would insert cells
            page.keyboard.press(key)
        page.get_by_role("button", name="Play").click()
        page.get_by_role("button", name="Pause").click()
        assert page.locator(".jp-Notebook .jp-CodeCell").count() == 3
        run_cell(page, 1)
        page.get_by_text("threads: 7", exact=True).wait_for()
        run_cell(page, 2)
        second = page.get_by_role("slider", name="Threads", exact=True).nth(1)
        second.wait_for()
        assert second.input_value() == "7"  # a second view shows what the first one was turned to


def test_the_player_works_in_a_real_jupyterlab(lab: Lab) -> None:
    show = "from sim.player import play\nfrom sim.experiments import compare\nwidget = play(compare('quiet'))\nwidget"
    with lab.notebook(show, "print('moved:', widget.position > 0)") as page:
        run_cell(page, 0)
        page.get_by_role("button", name="Step").click()
        page.get_by_role("button", name="Step").click()
        run_cell(page, 1)
        page.get_by_text("moved: True", exact=True).wait_for()


def test_in_a_real_jupyterlab_run_all_spoils_nothing_and_a_busy_kernel_does_not_hold_the_answer_back(lab: Lab):
    ask = "import sim, time\nguess = sim.predict('How many?', unit='requests')\nguess"
    cells = [ask, "guess.reveal(94, (61, 240))", "guess.reveal(95)", "time.sleep(600)"]
    with lab.notebook(*cells) as page:
        run_all(page)
        page.wait_for_selector("text=[*]:")  # the last cell runs, and will for long
        page.locator(".sim-cover").nth(1).wait_for()
        assert "94" not in page.inner_text(".jp-OutputArea-child >> nth=1")
        page.click("text=Show anyway >> nth=1")
        assert page.locator(".sim-uncovered").count() == 1
        page.fill(".sim-ask input", "12")
        page.focus(".sim-ask textarea")
        page.keyboard.type("bad, add")  # keys with which a notebook makes and deletes cells
        page.click("text=Commit")
        page.locator(".sim-uncovered").nth(1).wait_for()
        assert "You predicted 12 requests" in page.locator(".sim-uncovered").first.inner_text()
        assert page.locator(".jp-Notebook .jp-Cell").count() == 4
        assert page.locator("text=[*]:").count() == 1
