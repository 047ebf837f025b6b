"""Audio files that a flow plays: each is fetched, once, and played as long as it is."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.errors import NoQuestion
from exomock.domain.flows.inputs import Answered, Silent
from exomock.domain.flows.steps import Canned, Prompt
from flows.flowing import Flowing, flow, step
from flows.sounds import mp3, wav
from ports import nobody

law = settings(deadline=None, max_examples=25)
HANGUP = step("hangup")
GREETING = '"926": {exophone: "08047112233", steps: [{greeting: "{url}/hello"}, hangup]}'
A, B = "http://a.example/a.wav", "http://a.example/b.wav"


def plays(*files, **more):
    """A call that is played these files."""
    return Flowing(flow(step("greeting", prompt=Prompt("\n".join(files)), **more), HANGUP))


def length_of(line):
    """Seconds from the pick-up of a call that came in to its end."""
    times = {each["event"]: each["at"] for each in line.call["plan"]}
    begun, ended = (_seconds(times[each]) for each in ("answered", "hung-up"))
    return round(ended - begun, 3)


def _seconds(moment):
    hours, minutes, seconds = moment.partition("+")[0].rpartition("T")[2].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class TestAFileThatIsRead:
    @pytest.mark.parametrize(
        ("raw", "lasts"),
        [
            pytest.param(wav(12.345), 12.345, id="wav"),
            pytest.param(wav(61, 44_100), 61, id="a wav of 5 MB"),
            pytest.param(mp3(8), pytest.approx(8, abs=0.3), id="mp3"),
        ],
    )
    def test_plays_as_long_as_it_is(self, flowing, customer, raw, lasts):
        """Whatever is left of the account's time: the clock is frozen."""
        customer.says("/hello", (200, f"{customer.url}/a.wav", "text/plain"))
        customer.says("/a.wav", (200, raw, "audio/wav"))
        driver = flowing(GREETING)
        line = driver.comes_in()
        driver.advance(120)

        assert lasts == length_of(line)
        assert ["HEAD /hello", "GET /hello", "GET /a.wav"] == customer.paths
        assert ([], ["the answer was 200; it was played", "the flow hangs up"]) == (
            customer.asked[-1].query,
            line.whys,
        )

    def test_is_fetched_once(self, flowing, customer):
        """Four calls, one request; after a reset another, because the next test has other files."""
        customer.says("/hello", (200, f"{customer.url}/a.wav", "text/plain"))
        customer.says("/a.wav", (200, wav(7), "audio/wav"))
        driver = flowing(GREETING)
        lengths = []
        for turn in range(5):
            if turn == 4:
                driver.mock.reset()
                customer.says("/a.wav", (200, wav(9), "audio/wav"))
            line = driver.comes_in()
            driver.advance(120)
            lengths.append(length_of(line))

        assert [7, 7, 7, 7, 9] == lengths
        assert 2 == customer.paths.count("GET /a.wav")

    def test_stands_beside_the_questions(self, flowing, customer):
        """In the outbox of the call that fetched it alone; each call says that it plays it."""
        customer.says("/hello", (200, f"{customer.url}/a.wav", "text/plain"))
        customer.says("/a.wav", (200, wav(7), "audio/wav"))
        driver = flowing(GREETING)
        lines = [driver.comes_in()]
        driver.advance(120)
        lines.append(driver.comes_in())
        driver.advance(120)
        asked = ["greeting", "greeting"]

        assert [[*asked, "audio"], asked] == [[event for event, _ in line.rows] for line in lines]
        assert [[*asked, "audio"]] * 2 == [
            [each["event"] for each in line.call["questions"]] for line in lines
        ]

    def test_is_shown_without_its_bytes(self, flowing, customer):
        """Nobody reads an mp3 in a page: the head of the answer is shown."""
        customer.says("/hello", (200, f"{customer.url}/a.mp3", "text/plain"))
        customer.says("/a.mp3", (200, mp3(2), "audio/mpeg"))
        driver = flowing(GREETING)
        line = driver.comes_in()
        driver.advance(60)
        shown = driver.control("GET", f"/calls/{line.sid}/exchanges")["exchanges"]
        (answered,) = [each["tries"][0]["answered"] for each in shown if each["title"] == "audio"]

        assert answered.endswith("\r\n\r\n(not text)")
        assert "Content-Type: audio/mpeg" in answered

    def test_prompts_of_a_gather_end_with_their_file(self, flowing, customer):
        """The key comes half a second after 3 s; a prompt that is repeated is not fetched again."""
        customer.says("/a.mp3", (200, wav(3), "audio/mpeg"))
        customer.says(
            "/pin",
            (
                200,
                f'{{"gather_prompt": {{"audio_url": "{customer.url}/a.mp3"}}, "repeat_menu": 1}}',
                "application/json",
            ),
        )
        driver = flowing(
            '"926": {exophone: "08047112233", steps: [{gather: "{url}/pin"}, hangup]}',
            '- {caller: {presses: [nothing, "1#"]}}',
        )
        line = driver.comes_in()
        driver.advance(120)

        assert 3 + 5 + 3 + 1 == length_of(line)
        assert ["GET /pin", "GET /a.mp3"] == customer.paths


class TestAFileThatIsNotRead:
    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            pytest.param(404, "the answer was 404, expected 200", id="not there"),
            pytest.param((200, "<html>", "audio/wav"), "it is neither WAV nor mp3", id="a page"),
            pytest.param((200, wav(1)[:40], "audio/wav"), "it is no WAV file", id="half a head"),
            pytest.param("too large", "it is longer than 16 MiB", id="too large"),
            pytest.param("half", "the connection was closed", id="half a body"),
            pytest.param("hangs", "no answer within 5 s", id="no answer"),
        ],
    )
    def test_is_taken_for_5_s_and_says_why(self, flowing, customer, answer, why, caplog):
        """The path and the log say so; no time of the account passes for it."""
        customer.says("/hello", (200, f"{customer.url}/a.wav", "text/plain"))
        held = threading.Event()
        customer.says("/a.wav", _handler(answer, held) if isinstance(answer, str) else answer)
        # A busy machine must have answered what was asked before within that time.
        driver = flowing(GREETING, question_timeout=2 if answer == "hangs" else 20)
        line = driver.comes_in()
        driver.advance(120)
        held.set()

        assert 5 == length_of(line)
        assert line.whys[0].startswith("the answer was 200; it was played; a.wav is taken for 5 s")
        assert why in line.whys[0]
        said = [each for each in caplog.messages if each.startswith("audio question of call")]
        assert 1 == len([each for each in said if "is taken for 5 s, because" in each])

    def test_by_nobody_who_listens(self, flowing, customer):
        """A port that refuses; the next call tries again."""
        with nobody() as port:
            customer.says("/hello", (200, f"http://127.0.0.1:{port}/a.wav", "text/plain"))
            driver = flowing(GREETING)
            lines = []
            for _ in range(2):
                lines.append(driver.comes_in())
                driver.advance(120)

        assert [5, 5] == [length_of(line) for line in lines]
        assert [("audio", "failed")] * 2 == [line.rows[-1] for line in lines]

    def test_outside_the_reach_is_not_fetched(self, flowing, customer):
        """A public address is refused, as it is for a callback."""
        customer.says("/hello", (200, "http://203.0.113.9/a.wav", "text/plain"))
        driver = flowing(GREETING)
        line = driver.comes_in()
        driver.advance(120)

        assert (5, ("audio", "refused")) == (length_of(line), line.rows[-1])

    def test_is_none_of_an_account_that_collects(self, flowing, customer):
        """It sends nothing: the answer is laid down, and the file is collected."""
        driver = flowing(GREETING, collect=True)
        body = {"body": f"{customer.url}/a.wav", "content_type": "text/plain"}
        sid = driver.control(
            "POST",
            "/calls",
            {
                "from": "09900001111",
                "exophone": "08047112233",
                "replies": [{"status": 200, **body}],
            },
        )["sid"]
        driver.advance(120)
        call = driver.control("GET", f"/calls/{sid}")

        assert [] == customer.paths
        assert "because an account that collects fetches nothing" in call["path"][0]["why"]

    def test_of_a_canned_answer_is_not_fetched(self):
        """A step with an answer makes no request."""
        canned = Canned(body=A, content_type="text/plain")
        walk = Flowing(
            flow(step("greeting", prompt=Prompt(url="http://x/"), answer=canned), HANGUP)
        )

        assert ([], (9, 0, "hung-up")) == (walk.asked, walk.events[-1])
        assert "audio is taken for 5 s, because a step with an answer" in walk.whys[0]


def _handler(answer, held):
    def answers(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(17 << 20 if answer == "too large" else 5000))
        handler.end_headers()
        if answer == "hangs":
            held.wait(20)
        elif answer == "half":
            handler.wfile.write(wav(1)[:2000])
            handler.close_connection = True
        else:
            handler.wfile.write(wav(1) + bytes(17 << 20))

    return answers


class TestWhileAFileIsFetched:
    def test_a_reply_is_kept_for_the_next_question(self, flowing, customer):
        """Nobody can answer a file by words: the passthru gets them."""
        held = threading.Event()

        def slow(handler):
            held.wait(20)
            handler.give((200, wav(1), "audio/wav"))

        customer.says("/hello", (200, f"{customer.url}/a.wav", "text/plain"))
        customer.says("/a.wav", slow)
        driver = flowing(
            '"926": {exophone: "08047112233", steps: [{greeting: "{url}/hello"}, '
            '{passthru: "{url}/route", 302: hangup}, hangup]}',
            rate=60,
        )
        line = driver.comes_in()
        customer.wait_for(3)
        driver.control("POST", f"/calls/{line.sid}/reply", {"status": 302})
        held.set()
        driver.mock.wait()

        assert ("passthru", "302") == line.exits[1]
        assert "GET /route" not in customer.paths

    def test_the_caller_may_leave(self):
        """At its own time; nothing is played to nobody."""
        walk = plays(A, B).until_asked().after(2).leave().lasts(30)
        left = (6, 0, "hung-up")

        assert left in walk.events
        assert left == [each for each in walk.events if each[2] not in ("asked", "told")][-1]

    def test_an_answer_is_no_length(self):
        """A status says nothing of a file, and a length is refused where no file is asked about."""
        said = plays(A).answer(200)
        assert plays(A).lasts(5).call.plan == said.call.plan
        asks = Flowing(flow(step("passthru", url="http://x/"), HANGUP)).until_asked()
        with pytest.raises(NoQuestion):
            asks.lasts(3)


class TestLaws:
    @law
    @given(st.integers(1, 10**9), st.floats(0, 3600))
    def test_the_plan_depends_on_the_length_alone(self, length, late):
        """However long fetching took."""
        seconds = length / SECOND
        early, slow = plays(A).until_asked(), plays(A).until_asked().after(late)

        assert early.lasts(seconds).call.plan == slow.lasts(seconds).call.plan
        assert NOON + 4 * SECOND + length == early.call.plan[-1].at

    @law
    @given(st.text(max_size=50), st.booleans())
    def test_whatever_is_wrong_with_a_file_makes_the_same_plan(self, why, times_out):
        """That of a file of 5 s."""
        wrong = plays(A).silent() if times_out else plays(A).silent(why)

        assert plays(A).lasts(5).call.plan == wrong.call.plan

    @law
    @given(st.lists(st.sampled_from([A, B]), min_size=1, max_size=6))
    def test_each_file_is_fetched_once_in_a_call(self, files):
        """And played as often as it is named."""
        walk = plays(*files)
        for _ in dict.fromkeys(files):
            walk.lasts(2)

        assert len(set(files)) == len(walk.asked)
        assert (4 + 2 * len(files), 0, "hung-up") == walk.events[-1]

    def test_a_call_fetches_a_hundred_files(self):
        """An answer that names more is not fetched for ever."""
        walk = plays(*(f"http://a.example/{n}.wav" for n in range(102)))
        for _ in range(100):
            walk.lasts(1)

        assert (100, (4 + 100 + 2 * 5, 0, "hung-up")) == (len(walk.asked), walk.events[-1])
        assert "further audio is taken for 5 s, because a call fetches at most 100" in walk.whys[0]

    @law
    @given(st.integers(0, 59))
    def test_a_caller_who_hangs_up_ends_what_is_played(self, at):
        """Whenever it does; the file's length changes nothing of that."""
        walk = plays(A).lasts(60).after(at).leave()

        assert (4 + at, 0, "hung-up") == walk.events[-1]


def test_a_password_in_a_file_s_url_stays_in_no_sentence():
    """The sentence has its name alone."""
    walk = plays("http://me:secret@a.example/x/a.wav?key=secret").silent("it was gone")

    assert walk.whys[0] == "it was played; a.wav is taken for 5 s, because it was gone"
    assert Answered(200) not in [each.what for each in walk.call.inputs]
    assert Silent("it was gone") == walk.call.inputs[-1].what
