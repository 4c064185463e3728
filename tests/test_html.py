"""The HTML of a derivation in a real browser: everything shows, links land, nothing is cut."""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from symbp.document.build import build_document
from symbp.document.html import html_document
from symbp.document.tables import NAMES, builtin
from symbp.pipeline import derive
from symbp.spec import Network
from symbp.spec_file import read_network, worked_example
from tests.gallery import worked_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

EXAMPLES = Path(__file__).parents[1] / "examples"
MISSING = "chromium is not installed: apt-get install chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-sync"]  # fmt: skip
LONGEST, SMALLEST = "layernorm_residual", "mnist_784_128_10"
REPORT = "report-zh"
PAGES = (*NAMES, "prml-zh", LONGEST, SMALLEST, REPORT)
NARROW, WIDE = 360, 1000


def network_of(name: str) -> Network:
    """The network of a page: an example's, else the worked one."""
    path = EXAMPLES / f"{name}.toml"
    return read_network(path) if path.exists() else worked_example()


def text_of(name: str) -> str:
    """The HTML of a page."""
    notation, _, lang = name.partition("-")
    if name == REPORT:
        return html_document(worked_report(lang))
    network = network_of(name)
    table = builtin(notation if notation in NAMES else "index")
    return html_document(build_document(network, derive(network), table, lang or "en"))


@pytest.fixture(scope="module")
def texts() -> Callable[[str], str]:
    """The HTML of each page, made once."""
    made: dict[str, str] = {}

    def text(name: str) -> str:
        if name not in made:
            made[name] = text_of(name)
        return made[name]

    return text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; one that is missing is a failure where CI is true."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Shown:
    """A page in the browser, without a network, and what went wrong while it was shown."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.faults.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.address = path.as_uri()
        self.page.goto(self.address)

    def size(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})


@pytest.fixture(scope="module")
def shown(
    browser: Browser, texts: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Shown]]:
    """Opens a page once and gives it back wide, light and on the screen."""
    folder = tmp_path_factory.mktemp("pages")
    made: dict[str, Shown] = {}

    def show(name: str) -> Shown:
        if name not in made:
            path = folder / f"{name}.html"
            path.write_text(texts(name), encoding="utf-8")
            made[name] = Shown(browser.new_context(offline=True), path)
        found = made[name]
        found.page.emulate_media(media="screen", color_scheme="light")
        found.size(WIDE)
        return found

    yield show
    for page in made.values():
        page.context.close()


on_each_page = pytest.mark.parametrize("name", PAGES)


@on_each_page
def test_every_formula_renders_and_nothing_is_asked_for(
    shown: Callable[[str], Shown], name: str
) -> None:
    page = shown(name).page
    empty = page.evaluate(
        """() => [...document.querySelectorAll('math')].filter(m => {
             const box = m.getBoundingClientRect();
             return !(box.width > 1 && box.height > 1);
           }).map(m => m.outerHTML)"""
    )
    assert page.locator("math").count() > 50
    assert empty == []
    assert "\\" not in page.inner_text("body")
    assert shown(name).faults == []
    assert shown(name).requests == [shown(name).address]


@on_each_page
def test_ids_are_unique_and_links_land(shown: Callable[[str], Shown], name: str) -> None:
    page = shown(name).page
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    links = page.evaluate(
        "[...document.querySelectorAll('[href]')].map(e => e.getAttribute('href'))"
    )
    assert len(ids) == len(set(ids))
    assert {link[:1] for link in links} == {"#"}
    assert {link[1:] for link in links} <= set(ids)


@on_each_page
def test_a_click_on_a_symbol_leads_to_its_definition(
    shown: Callable[[str], Shown], name: str
) -> None:
    page = shown(name).page
    link = page.locator("#backward .math a").last
    where = link.get_attribute("href")
    assert where is not None
    link.click()
    page.wait_for_function(
        """id => {
             const box = document.getElementById(id).getBoundingClientRect();
             return location.hash === '#' + id && box.top >= -1 && box.top < innerHeight;
           }""",
        arg=where[1:],
        timeout=2000,
    )


def axe_faults(page: Page, skipped: str, contrast: bool) -> list[Any]:
    """Serious faults that axe-core finds, outside of what is skipped."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: list[Any] = page.evaluate(
        """async ([skipped, contrast]) => (await axe.run(
             {include: [['html']], exclude: skipped},
             {resultTypes: ['violations'], rules: {'color-contrast': {enabled: contrast}}}))
             .violations.filter(v => ['serious', 'critical'].includes(v.impact))
             .map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html)])""",
        [[[skipped]] if skipped else [], contrast],
    )
    return found


COLOURS = ("course", SMALLEST, REPORT)  # all pages have one style


@pytest.mark.parametrize(
    ("name", "scheme"),
    [*((name, "light") for name in PAGES if name != LONGEST), *((n, "dark") for n in COLOURS)],
)
def test_no_serious_fault_of_accessibility(
    shown: Callable[[str], Shown], name: str, scheme: Any
) -> None:
    """One page is gone through whole; the formulas of the others are like its formulas."""
    page = shown(name).page
    page.emulate_media(color_scheme=scheme)
    whole = name == SMALLEST and scheme == "light"
    assert axe_faults(page, "" if whole else "math", name in COLOURS) == []


@on_each_page
@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_what_scrolls_can_be_reached_by_the_keyboard(
    shown: Callable[[str], Shown], name: str, size: int
) -> None:
    found = shown(name)
    found.size(size)
    page = found.page
    assert page.locator("math :is(a, [tabindex], [role])").count() == 0
    unreachable = page.evaluate(
        """() => [...document.querySelectorAll('.math, .table, pre')].filter(e =>
             e.tabIndex < 0 && (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight))
             .map(e => [e.scrollWidth, e.clientWidth, e.scrollHeight, e.clientHeight,
                        e.outerHTML])"""
    )
    assert unreachable == []


@on_each_page
def test_a_telephone_scrolls_no_page_sideways(shown: Callable[[str], Shown], name: str) -> None:
    found = shown(name)
    found.size(NARROW)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= NARROW


@on_each_page
def test_print_leaves_out_the_contents_and_cuts_nothing(
    shown: Callable[[str], Shown], name: str
) -> None:
    found = shown(name)
    found.page.emulate_media(media="print")
    found.size(680)  # A4 without margins of 15 mm, in pixels of CSS
    assert not found.page.locator("nav").is_visible()
    cut = found.page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => e instanceof HTMLElement
             && ['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX)
             && e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert cut == []
    assert found.page.evaluate("document.documentElement.scrollWidth") <= 680


def test_steps_that_are_folded_away_are_printed(shown: Callable[[str], Shown]) -> None:
    page = shown("prml").page
    steps = page.locator("details").first
    inner = steps.locator("math").first
    steps.locator("summary").click()
    assert not inner.is_visible()
    page.emulate_media(media="print")
    box = inner.bounding_box()
    assert box is not None
    assert box["height"] > 5
    page.emulate_media(media="screen")
    steps.locator("summary").click()
    assert inner.is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_every_symbol_leads_to_its_definition_and_that_to_all_uses(
    texts: Callable[[str], str], name: str
) -> None:
    """A use leads to the equation or the row that defines it, an equation's left to its row."""
    text = texts(name)
    places = re.findall(
        r'<(\w+)[^<>]* id="(o\d+)" data-s="([^"]*)"( style="anchor-name:--o\d+")?>', text
    )
    anchored = r'<a href="#([^"]+)"[^>]* style="position-anchor:--(o\d+)">'
    links = {place: where for where, place in re.findall(anchored, text)}
    assert [place for _, place, _, _ in places] == [f"o{k + 1}" for k in range(len(places))]
    assert {place for _, place, _, anchor in places if anchor} == set(links)
    rows = set(re.findall(r'<tr id="(q-[^"]+)"', text))
    led: dict[str, set[str]] = {}
    for tag, place, key, _ in places:
        if tag not in ("mrow", "mfrac", "g"):
            led.setdefault(key.partition("[")[0], set()).add(links.get(place, ""))
    # the argument of a general function, a row of ones, and f where no section defines it
    plain = {quantity for quantity, found in led.items() if found == {""}}
    assert plain <= {"u", "ones", "function0"}
    network = network_of(name)
    for quantity, q in derive(network).quantities.items():
        mine = led.get(quantity, set())
        if q.role in ("parameter", "input", "target"):
            assert f"q-{quantity}" in mine
        elif q.role != "adjoint":
            assert any(where.startswith("eq-") for where in mine)
            assert f"q-{quantity}" in rows & mine  # from the equation to the table with its uses


@pytest.mark.parametrize("name", NAMES)
def test_factors_lead_to_their_row_of_the_table(texts: Callable[[str], str], name: str) -> None:
    text = texts(name)
    rows = re.findall(r'<tr id="f-([^"]+)"', text)
    assert len(rows) == 18  # 2 + 2 + 4 + 2 slopes and weights, and what 8 weights multiply
    for factor in rows:
        assert f'href="#f-{factor}"' in text
        assert re.search(rf'<mfrac id="o\d+" data-s="{factor}" style="anchor-name', text)
        assert re.search(rf'<mrow id="o\d+" data-s="{factor}"', text)


@pytest.mark.parametrize("name", [*NAMES, LONGEST])
def test_labels_of_the_diagram_keep_apart(shown: Callable[[str], Shown], name: str) -> None:
    boxes = shown(name).page.evaluate(
        """() => [...document.querySelectorAll('svg .halo, svg circle')].map(e => {
             const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"""
    )
    assert len(boxes) > 5
    for k, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:k]:
            apart = left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom
            assert apart


def test_a_long_formula_goes_over_several_lines(texts: Callable[[str], str]) -> None:
    assert '<mspace width="1.5em"/><mo>+</mo>' in texts("course")


@pytest.mark.parametrize("name", [*NAMES, "prml-zh"])
def test_the_worked_example_is_below_500_kb(texts: Callable[[str], str], name: str) -> None:
    assert len(texts(name).encode()) < 500_000


HOSTILE = """<script>alert(1)</script> "quotes" 'single' & ]]> --> {{ 7*7 }} {% raw %} <img src>"""


def test_titles_and_names_arrive_as_text(browser: Browser, tmp_path: Path) -> None:
    network = Network(sizes=[2, 2, 2], title=HOSTILE)
    path = tmp_path / "hostile.html"
    text = html_document(build_document(network, derive(network), builtin("prml")))
    path.write_text(text, encoding="utf-8")
    found = Shown(browser.new_context(offline=True), path)
    assert found.page.inner_text("h1") == HOSTILE
    assert found.page.title() == HOSTILE
    assert found.page.locator("script, img").count() == 0
    assert (found.faults, found.requests) == ([], [found.address])
    found.context.close()


def test_the_page_forbids_itself_everything_but_its_style(texts: Callable[[str], str]) -> None:
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="(.*?)">',
                       texts("prml"))  # fmt: skip
    assert policy is not None
    assert html.unescape(policy[1]) == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
