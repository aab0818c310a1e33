"""Judges mutants: asks the tests that reach what was changed, one after the other, until one fails."""
import collections
import os

REAL_TIME = ("unit", "loopback")  # the clock of the others jumps while all of them wait
FAVOURITE_S = 1  # a test that costs more is no favourite
FAVOURITES = 4
LAST_LIMIT_S = 1800  # the whole matrix finds out by itself who hangs
S_A_FILE = 0.05  # a test of few files tells more of one of them, and seldom hangs where that is wrong

Verdict = collections.namedtuple("Verdict", "result test")


def limit_s(took_s):
    """A test does not end that takes so many times as long as on the library as it is; more on a busy machine."""
    return (4 * took_s + 2) * min(2, max(1, os.getloadavg()[0] / os.cpu_count() / 2))


class Judge:
    """One copy of the library, and what is known of the tests."""

    def __init__(self, copy, reach, budget_s):
        self.copy = copy
        self.reach = reach
        self.budget_s = budget_s
        self.passing = {}  # by name: whether one of the last tests passes on the library as it is
        self.favourites = collections.defaultdict(list)  # by file: what killed its mutants lately

    def judge(self, mutant):
        path = self.copy.source / mutant.file
        original = path.read_bytes()
        self.copy.remember_objects(mutant.file)
        path.write_bytes(original[:mutant.start] + mutant.new.encode() + original[mutant.end:])
        try:
            compiles, is_same = self.copy.compile(mutant.file)
            if not compiles:
                return Verdict("does not build", "")
            return Verdict("same code", "") if is_same else self._ask_about(mutant, original)
        finally:
            path.write_bytes(original)

    def _ask_about(self, mutant, original):
        names = self.reach.reaching(mutant.file, mutant.line, mutant.first_line)
        for name in self._in_order(mutant.file, names):
            result = self._result(self.copy.build.tests[name])
            if result:
                if result == "killed":
                    self._prefer(mutant.file, name)
                return Verdict(result, name)
        killer = self._last_killer(mutant, original)
        if killer:
            return Verdict("killed", killer)
        return Verdict("survives" if names else "not reached", "")

    def _last_killer(self, mutant, original):
        """The name of the one that fails, twice, of those that are asked about what all others let live."""
        for test in self.copy.last_tests():
            if self._fails_at_last(test) and self._fails_at_last(test) and self._passes_without(test, mutant, original):
                return test.name
        return None

    def _fails_at_last(self, test):
        if not self.copy.strict.make([test.target]):
            raise SystemExit(f"{test.name} does not build where sums that overflow are found")
        return bool(self.copy.strict.ask(test, LAST_LIMIT_S))  # one that does not end tells nothing

    def _passes_without(self, test, mutant, original):
        """Whether the test passes on the library as it is: else it kills nothing."""
        if test.name not in self.passing:
            (self.copy.source / mutant.file).write_bytes(original)
            self.passing[test.name] = not self._fails_at_last(test)
        return self.passing[test.name]

    def _cost_s(self, name):
        """What it may take to hear that a mutant lives, or hangs."""
        has_clock = self.copy.build.tests[name].stage in REAL_TIME
        return self.reach.seconds(name) + (S_A_FILE * self.reach.count_files(name) if has_clock else 0)

    def _in_order(self, file, names):
        first = [name for name in self.favourites[file] if name in names]
        rest = sorted(names - set(first), key=self._cost_s)
        left_s = self.budget_s
        for name in first + rest:
            left_s -= self.reach.seconds(name)
            if left_s >= 0:
                yield name

    def _prefer(self, file, name):
        if self._cost_s(name) <= FAVOURITE_S:
            others = [other for other in self.favourites[file] if other != name]
            self.favourites[file] = [name, *others][:FAVOURITES]

    def _result(self, test):
        """What the test says: None where it passes. One that fails has to do so twice."""
        build = self.copy.build
        if not build.make([test.target]):
            return "does not link"
        seconds = limit_s(self.reach.seconds(test.name))
        status = build.ask(test, seconds)
        if status:
            status = build.ask(test, seconds)
        if status is None:
            return "timed out"
        return "killed" if status else None
