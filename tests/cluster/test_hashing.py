"""Rendezvous hashing: each account names one living process, and few names change."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from exomock.cluster.hashing import named

NAMES = st.sets(st.text(st.characters(codec="ascii"), min_size=1), min_size=1, max_size=6)
SIDS = st.text(min_size=1, max_size=20)


@given(sid=SIDS, among=NAMES)
def test_one_of_them_is_named_whatever_their_order(sid, among):
    """Every process names the same one, whatever order it has read them in."""
    found = named(sid, sorted(among))

    assert found in among
    assert found == named(sid, sorted(among, reverse=True))


@given(sid=SIDS, among=NAMES, joins=st.text(min_size=1))
def test_who_joins_takes_names_from_others_and_changes_none_between_them(sid, among, joins):
    """An account names whom it named before, or the one that has joined."""
    assert named(sid, among | {joins}) in {named(sid, among), joins}


@given(sid=SIDS, among=NAMES, data=st.data())
def test_who_leaves_is_missed_only_by_those_that_named_it(sid, among, data):
    """An account whose process stays goes on naming it."""
    leaves = data.draw(st.sampled_from(sorted(among)))
    before = named(sid, among)

    if before != leaves:
        assert before == named(sid, among - {leaves})


def test_nobody_is_named_among_none():
    """There may be no living process at all."""
    assert named("team1", ()) is None


def test_names_are_shared_out_fairly():
    """Of 3,000 accounts each of three processes has a third, give or take a tenth of it."""
    among = ["http://10.0.0.1:8080 ", "http://10.0.0.2:8080 ", "http://10.0.0.3:8080 "]

    counted = Counter(named(f"team{each}", among) for each in range(3_000))

    assert all(900 <= counted[each] <= 1_100 for each in among)


def test_a_name_is_the_same_in_every_release():
    """Processes of two releases name the same one, or both would make the account."""
    among = ["http://10.0.0.1:8080 ", "http://10.0.0.2:8080 ", "http://10.0.0.3:8080 "]

    assert "http://10.0.0.2:8080 " == named("team1", among)
