"""Pairs of a name and a number on a line of an unknown program, found by how lines are built.

A line is cut into tokens once. Names gather until a number comes; separators drop them. So the
same few rules read `k=v`, `k: v`, `k v`, `[k] v`, `k (v)`, `k is v`, `v k`, lists of names with
lists of numbers, and numbers inside `tensor(...)`, in any script.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from logwatch.parsing.matching.names import AXES, PHASES
from logwatch.parsing.values import NUMBER

TOKEN = re.compile(
    r"(?P<clock>(?<![\w.])\d{1,3}(?::\d\d){1,2}(?:[.,]\d+)?(?![\w:]))"
    rf"|(?P<number>(?<![\w.])(?:{NUMBER})(?:%|(?:[kKMGBT]|[mun]?s|sec|min|h)(?![\w/]))?(?![\w]|\.\d))"
    r"|(?P<word>[^\W\d](?:[\w./@%+-]*[\w@%+])?)"
    r"|(?P<mixed>\w[\w./@:+-]*)"
    r"|(?P<arrow>->|=>|-->)"
    r"|(?P<sign>[:=()\[\]{}<>,;|/\t'\"])"
    r"|(?P<space> +)"
    r"|(?P<other>.)"
)
"""Each token is matched in one pass from left to right, so a line costs what it is long."""

WRAPPERS = re.compile(
    r"(?:torch\.|tf\.|jnp\.|jax\.|np\.|numpy\.|mx\.|paddle\.|nd\.)?"
    r"(?:tensor|Tensor|array|Array|ArrayImpl|float\d*|int\d*|bfloat16|Decimal|Variable|scalar)"
)
"""Calls around a number that say nothing but its type."""
COUNTED = re.compile(r"(?P<key>[^\W\d_]+)[_.]?(?P<value>\d+)")
"""`epoch3`, `it0001`: a counter with its number in one word."""
LINKS = {"is", "was", "of", "=", ":", "are", "equals", "reached"}
"""Words between a name and its number."""
BEFORE_COUNTER = {"after", "at", "in", "for", "on", "during", "@"}
MAX_NAME_WORDS = 4
MAX_BEHIND = 3
"""Words of a name before its number, and behind it."""
MAX_TOKENS = 2000
"""Tokens of a line; a longer one is data."""
DROPS = ",;|\t"


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its number, as spans of the line; `total` is what a counter counts to.

    An empty name is a counter without one: `120/1000`. `behind`: the name stands after the number.
    """

    key: tuple[int, int]
    value: tuple[int, int]
    total: tuple[int, int] | None = None
    behind: bool = False
    name: str = ""
    end: int = 0
    """Where all that belongs to it ends, where that is behind name and number."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text and where it is."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Reader:
    """Walks over the tokens of a line; `words` are those of the name that is being gathered."""

    tokens: list[Token]
    at: int = 0
    words: list[Token] = field(default_factory=list)
    linked: bool = False

    def read(self) -> Iterator[Pair]:
        """The pairs of the line, and phases as pairs without a value."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind == "word":
                yield from self._take_word(token)
            elif token.kind in ("number", "clock"):
                yield from self._take_number(token)
            elif token.kind in ("sign", "arrow"):
                yield from self._take_sign(token)
            else:
                self._drop()
                self.at += 1

    def _take_word(self, token: Token) -> Iterator[Pair]:
        self.at += 1
        counted = COUNTED.fullmatch(token.text)
        if counted and self._peek("(") is None:
            start = token.start
            yield Pair(
                (start, start + counted.end("key")),
                (start + counted.start("value"), token.end),
                self._take_total(),
            )
            self._drop()
            return
        if WRAPPERS.fullmatch(token.text) and self._peek("("):
            yield from self._take_wrapped()
            return
        if self.linked and self.words and token.text.lower() not in LINKS:
            yield from self._heading()  # `task: car` is a text, `Validation: loss` a heading
            self._drop()
        if token.text.lower() in LINKS:
            return
        self.words.append(token)

    def _heading(self) -> Iterator[Pair]:
        """A word of a phase that holds for what follows it, as a pair without a value."""
        word = self.words[-1]
        if len(self.words) == 1 and word.text.lower() in PHASES:
            yield Pair((word.start, word.end), (word.end, word.end), name=word.text)

    def _take_wrapped(self) -> Iterator[Pair]:
        """The number in `tensor([0.5], device=...)`; several numbers are none."""
        opened, numbers = self.at, []
        close = self._find_close(opened)
        for token in self.tokens[opened:close]:
            if token.kind == "number":
                numbers.append(token)
            elif token.kind == "word" or token.text == "=":
                break  # device='cuda:0'
        self.at = close
        if len(numbers) == 1 and self.words:
            yield replace(self._pair(numbers[0]), end=self.tokens[close - 1].end)
        self._drop()

    def _take_number(self, token: Token) -> Iterator[Pair]:
        self.at += 1
        if token.kind == "clock":
            self._drop()
            return
        if self.words and self._names_counter_behind():
            yield from self._counter_behind(token)
            return
        if len(self.words) > 2 and self._ends_in_counter():
            counter = self.words.pop()
            self.words.pop()
            self.linked = False
            total = self._take_total()
            yield Pair((counter.start, counter.end), (token.start, token.end), total)
            return
        if self.words:
            yield self._pair(token)
            self._drop()
            yield from self._skip_note()
            return
        total = self._take_total()
        if total:
            yield Pair((token.start, token.start), (token.start, token.end), total)
            yield from self._skip_note()
            return
        yield from self._name_behind(token)

    def _names_counter_behind(self) -> bool:
        """Whether `loss after` waits for `3 epochs`."""
        following = self._peek_word()
        return bool(
            following
            and not self.linked
            and len(self.words) > 1
            and self.words[-1].text.lower() in BEFORE_COUNTER
        )

    def _ends_in_counter(self) -> bool:
        """Whether `accuracy at epoch` waits for the number of the epoch."""
        before, counter = (word.text.lower() for word in self.words[-2:])
        return before in BEFORE_COUNTER and counter in AXES

    def _counter_behind(self, token: Token) -> Iterator[Pair]:
        word = self.tokens[self.at]
        self.at += 1
        yield Pair((word.start, word.end), (token.start, token.end), behind=True)
        self.words.pop()

    def _name_behind(self, token: Token) -> Iterator[Pair]:
        """`128 samples/s`, `0.5 avg loss`: the name follows, up to the next separator."""
        words: list[Token] = []
        at = self.at
        while at < len(self.tokens) and self.tokens[at].kind == "word" and len(words) < MAX_BEHIND:
            words.append(self.tokens[at])
            at += 1
        ends = at >= len(self.tokens) or self.tokens[at].text in DROPS + "()]}>"
        if words and ends:
            self.at = at
            yield Pair((words[0].start, words[-1].end), (token.start, token.end), behind=True)

    def _take_sign(self, token: Token) -> Iterator[Pair]:
        self.at += 1
        sign = token.text
        if sign in ":=" or token.kind == "arrow":
            self.linked = bool(self.words)
        elif sign in DROPS:
            self._drop()
        elif sign in "([":
            yield from self._take_bracket(token)
        elif sign in "{}/":
            self._drop()

    def _take_bracket(self, token: Token) -> Iterator[Pair]:
        """A bracket holds a name, a value, a note behind a name, or a list."""
        opened = self.at - 1
        close = self._find_close(opened)
        inside = self.tokens[opened + 1 : close - 1]
        numbers = [one for one in inside if one.kind == "number"]
        words = [one for one in inside if one.kind == "word"]
        follows = self.tokens[close].text if close < len(self.tokens) else ""
        if words and not numbers and "," in [one.text for one in inside] and follows == ":":
            yield from self._take_lists(inside, close + 1)
        elif self.words and token.text == "(" and follows in ("=", ":"):
            self.at = close  # `Reward (100 ep): 23.6`
        elif self.words and len(numbers) > 1 and not words and "/" not in [t.text for t in inside]:
            self.at = close  # a list of numbers
            yield self._filler(self.words[0])
            self._drop()
        elif self.words and token.text == "(" and not numbers:
            self.at = close  # `Loss (train) 0.5`: a note

    def _take_lists(self, names: list[Token], at: int) -> Iterator[Pair]:
        """`[Avg. Loss, Loss]: [10.44, 7.17]`: as many numbers as names."""
        if at >= len(self.tokens) or self.tokens[at].text != "[":
            return
        close = self._find_close(at)
        numbers = [one for one in self.tokens[at:close] if one.kind == "number"]
        groups: list[list[Token]] = [[]]
        for one in names:
            if one.text == ",":
                groups.append([])
            elif one.kind == "word":
                groups[-1].append(one)
        self.at = close
        self._drop()
        if len(groups) == len(numbers) and all(groups):
            for group, number in zip(groups, numbers, strict=True):
                yield Pair((group[0].start, group[-1].end), (number.start, number.end))

    def _take_total(self) -> tuple[int, int] | None:
        """`/1000`, `of 1000`, behind a number."""
        between = self._peek("/") or self._peek("of")
        if between is None or self.at + 1 >= len(self.tokens):
            return None
        total = self.tokens[self.at + 1]
        if total.kind != "number":
            return None
        self.at += 2
        return total.start, total.end

    def _skip_note(self) -> Iterator[Pair]:
        """Pass over `(0.61)` or `(12%)` behind a value: an average, or a share."""
        opened = self._peek("(")
        if opened:
            close = self._find_close(self.at)
            inside = self.tokens[self.at + 1 : close - 1]
            if not any(one.text in ":=" for one in inside):
                self.at = close
                yield self._filler(opened)

    def _filler(self, first: Token) -> Pair:
        """What belongs to the report and says nothing: a note, a list."""
        end = self.tokens[self.at - 1].end
        return Pair((first.start, end), (end, end))

    def _find_close(self, opened: int) -> int:
        """The token behind the bracket that closes; the end of the line where none does."""
        depth = 0
        for at in range(opened, len(self.tokens)):
            text = self.tokens[at].text
            depth += (text in "([{") - (text in ")]}") if len(text) == 1 else 0
            if depth == 0:
                return at + 1
        return len(self.tokens)

    def _pair(self, number: Token) -> Pair:
        words = self.words[-MAX_NAME_WORDS:]
        return Pair(
            (words[0].start, words[-1].end),
            (number.start, number.end),
            self._take_total(),
            name=" ".join(word.text for word in words),
        )

    def _peek(self, text: str) -> Token | None:
        if self.at < len(self.tokens) and self.tokens[self.at].text == text:
            return self.tokens[self.at]
        return None

    def _peek_word(self) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].kind == "word"

    def _drop(self) -> None:
        self.words = []
        self.linked = False


def find_pairs(text: str, start: int, end: int) -> list[Pair]:
    """All pairs between two characters of a line, from left to right; none in a very long one."""
    tokens = []
    for found in TOKEN.finditer(text, start, end):
        kind = str(found.lastgroup)
        if kind == "space" or found.group() in "'\"":
            if len(found.group()) > 1 and kind == "space":
                tokens.append(Token("gap", "  ", found.start(), found.end()))
            continue
        tokens.append(Token(kind, found.group(), found.start(), found.end()))
        if len(tokens) > MAX_TOKENS:
            return []
    return list(_Reader(_without_gaps(tokens)).read())


def _without_gaps(tokens: list[Token]) -> list[Token]:
    """Wide blanks separate only where a number stands before them and a word behind."""
    kept: list[Token] = []
    for at, token in enumerate(tokens):
        if token.kind != "gap":
            kept.append(token)
            continue
        before = kept[-1].kind if kept else ""
        behind = tokens[at + 1].kind if at + 1 < len(tokens) else ""
        if before == "number" and behind == "word":
            kept.append(Token("sign", ",", token.start, token.end))
    return kept
