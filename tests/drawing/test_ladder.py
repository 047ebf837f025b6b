"""A ladder as SVG: well-formed and safe whatever it says, and bounded."""

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from exomock.drawing import Arrow, ArrowKind, Ladder, Lane, bounded, svg_of

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = st.text(max_size=40)
LANES = (Lane("From", "09811100001"), Lane("Exotel"), Lane("To"), Lane("your server"))
ARROWS = st.builds(
    Arrow,
    at=st.integers(0, 10**12),
    begin=st.integers(0, 3),
    end=st.integers(0, 3),
    word=TEXTS,
    kind=st.sampled_from(ArrowKind),
    result=TEXTS,
    bad=st.booleans(),
    coming=st.booleans(),
    link=st.one_of(st.just(""), TEXTS.map(lambda text: f"#{text}")),
)


@given(st.lists(ARROWS, max_size=6), TEXTS)
def test_any_texts_make_a_document_without_scripts_and_styles(arrows, title):
    """A page's policy forbids what is inline, and a text from a client may hold anything."""
    root = ET.fromstring(svg_of(Ladder(title, LANES, tuple(arrows))))
    known = {"svg", "rect", "line", "path", "text", "title", "g", "a"}
    for each in root.iter():
        assert each.tag.removeprefix(SVG) in known
        assert not [name for name in each.attrib if name == "style" or name.startswith("on")]
        assert each.get("href", "#").startswith("#")


@given(st.lists(ARROWS, max_size=6))
def test_every_arrow_says_in_words_what_it_is(arrows):
    """A drawing is of no use to who cannot see it, nor is a colour."""
    root = ET.fromstring(svg_of(Ladder("a call", LANES, tuple(arrows))))
    said = [each.text or "" for each in root.iter(f"{SVG}title")]
    assert len(arrows) == len(said)
    for arrow, text in zip(arrows, said, strict=True):
        assert arrow.coming == text.endswith(", still to come") or "still to come" in arrow.word


def test_the_middle_of_too_many_arrows_is_left_out_and_said():
    """Hundreds of callbacks: the beginning and the end stay."""
    arrows = [
        Arrow(number, 1, 3, f"callback {number}", ArrowKind.CALLBACK) for number in range(500)
    ]
    drawn = bounded(arrows, 1, most=10)
    assert 11 == len(drawn)
    assert ["callback 0", "callback 499"] == [drawn[0].word, drawn[-1].word]
    assert "490 more are left out here" == drawn[5].word
    assert tuple(arrows[:10]) == bounded(arrows[:10], 1, most=10)
