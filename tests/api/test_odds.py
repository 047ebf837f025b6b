"""Calls of a rule that leaves the recording and the price to chance: docs/scenarios.md."""


class TestCalls:
    def test_differ_and_are_the_same_in_every_run(self, exchange):
        """Twenty calls of 30 s: some are recorded, and not all cost the same."""
        text = "rules:\n  - {record: 50%, talk: 30s, price: {per: 30s, amount: 0.10..0.90}}\n"
        runs = []
        for _ in range(2):
            driver = exchange(text)
            sids = [driver.connect(To=f"098222000{n:02d}") for n in range(20)]
            driver.advance(120)
            calls = [driver.call(sid) for sid in sids]
            runs.append([(call["Price"], bool(call["RecordingUrl"])) for call in calls])

        assert runs[0] == runs[1]
        assert {True, False} == {recorded for _price, recorded in runs[0]}
        assert len({price for price, _recorded in runs[0]}) > 10

    def test_are_recorded_as_the_request_says(self, exchange):
        driver = exchange("rules:\n  - {record: 0%, talk: 30s}\n")
        sid = driver.connect(Record="true")
        driver.advance(120)

        assert driver.call(sid)["RecordingUrl"]
