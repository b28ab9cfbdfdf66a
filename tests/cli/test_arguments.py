"""Arguments that several subcommands share."""

from logwatch.cli import main


class TestRank:
    def test_one_rank_all_ranks(self, tmp_path, capsys):
        """By default the first rank's copy counts; `--rank` takes another, or all of them."""
        log = tmp_path / "ranks.log"
        log.write_text(
            "".join(f"[rank{r}]: step {s} loss {s}.{r}\n" for s in (1, 2) for r in (0, 1))
        )
        firsts = []
        for words in ([], ["--rank", "1"], ["--rank", "all"]):
            assert 0 == main(["export", str(log), "--metric", "train/loss", *words])
            firsts.append([line.split(",")[5] for line in capsys.readouterr().out.splitlines()[1:]])

        assert [["1.0", "2.0"], ["1.1", "2.1"], ["1.0", "1.1", "2.0", "2.1"]] == firsts

    def test_a_word_that_is_no_rank(self, capsys):
        """A word that is neither a number nor `all` is wrong usage, in one sentence."""
        assert 2 == main(["check", "x.log", "--rank", "first"])
        assert "'first' is no rank" in capsys.readouterr().err
