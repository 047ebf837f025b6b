"""`exomock run --junit-why`: a testcase for each request and each try, whatever texts they hold."""

import xml.etree.ElementTree as ET

import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.client import Refused
from exomock.run.why import Case, cases_of, write
from exomock.server import Exomock
from exomock.settings import Settings

TEXT = st.text(max_size=80) | st.text(
    st.sampled_from("\x00\x1b<&>\"']]>\ud800\u2028\n"), max_size=20
)


def test_each_request_and_each_try_of_a_callback_is_a_testcase(tmp_path, receiver):
    """A 4xx is a failure with its why; so are a try that found nobody, and one answered 500."""
    receiver.answer = lambda _: 500
    with Exomock(settings=Settings(rate=0)) as mock:
        mock.connect("09000000001", StatusCallback="http://127.0.0.1:9/x")
        mock.connect("09000000001", StatusCallback=receiver.url)
        try:
            mock.connect("12")
        except Refused:
            requests.get(f"{mock.base}/Calls.json", auth=mock.auth, timeout=9)
        mock.advance(60)
        write(tmp_path / "why.xml", cases_of(mock.exchange.engine))

    suite = ET.parse(tmp_path / "why.xml").getroot()[0]
    found = [(case.get("classname").rpartition(".")[2],
              [failure.get("message") for failure in case]) for case in suite]  # fmt: skip
    *requests_, nobody, refused = found
    assert [("requests", []), ("requests", [])] == requests_[:2]
    assert requests_[2][1][0].startswith("400: To: '12' is not a telephone number")
    assert ("requests", []) == requests_[3]
    assert [("callbacks", ["connection refused"])] == [nobody]
    assert ("callbacks", ["the receiver answered 500"]) == refused
    assert ("6", "3", "0") == tuple(suite.get(name) for name in ("tests", "failures", "errors"))


@settings(deadline=None)
@given(st.lists(st.builds(Case, TEXT, TEXT, st.floats(0, 1e6), st.none() | TEXT), max_size=5))
def test_any_text_makes_xml_that_parsers_read(tmp_path_factory, cases):
    """Control characters, lone surrogates, markup: what CI reads is one document."""
    path = tmp_path_factory.mktemp("junit") / "why.xml"
    write(path, cases)

    suite = ET.parse(path).getroot()[0]
    assert len(cases) == len(suite)
    assert sum(case.failure is not None for case in cases) == int(suite.get("failures"))
