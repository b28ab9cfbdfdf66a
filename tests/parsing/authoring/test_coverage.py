"""A survey counts what is read and names what is not."""

from logwatch.parsing.authoring.coverage import Survey
from logwatch.parsing.library import Library

LOG = b"step 1 loss 2.5\nstep 2 loss 2.25\nWob epoch 7 of nine\nWob epoch 8 of nine\n"


class TestSurvey:
    def test_counts_hits_and_misses(self, library: Library) -> None:
        """Every line with a number and a word of training is either read or listed as unread."""
        survey = Survey(library, clock=iter(range(10**6)).__next__)
        survey.feed(LOG)
        findings = survey.finish()

        assert (4, 2, 0.5) == (findings.numeric, findings.read, findings.share)
        assert 2 == findings.hits["generic", "pairs"]
        assert [(2, 3)] == [(one.count, one.line) for one in findings.most_unread(5)]

    def test_tells_what_patterns_cost(self, library: Library) -> None:
        """The time that a pattern took is what the clock says, summed."""
        survey = Survey(library, clock=iter(range(10**6)).__next__)
        survey.feed(LOG)

        assert survey.finish().seconds["generic", "pairs"] >= 1

    def test_cuts_do_not_matter(self, library: Library) -> None:
        """A log that arrives byte by byte is counted as one that arrives at once."""
        survey = Survey(library, clock=lambda: 0.0)
        for byte in LOG:
            survey.feed(bytes([byte]))
        findings = survey.finish()

        assert (4, 2) == (findings.numeric, findings.read)

    def test_share_of_nothing(self, library: Library) -> None:
        """A log without training lines has no share."""
        survey = Survey(library, clock=lambda: 0.0)
        survey.feed(b"hello\n")

        assert str(float("nan")) == str(survey.finish().share)
