"""What rounds come to: medians, ratios within a round, and no result where one round failed."""

import math
import unittest

from driver.figures import Spread, Turn, first_failure, interleave, per_step, ratio_spread, rotated, spread, spread_of


def turns(*values):
    return [Turn({"rate": value}) for value in values]


class Spreads(unittest.TestCase):
    def test_spread_tells_median_least_and_most(self):
        self.assertEqual(spread([5.0, 1.0, 3.0]), Spread(3.0, 1.0, 5.0))

    def test_median_of_an_even_number_lies_between_the_two_in_the_middle(self):
        self.assertEqual(spread([4.0, 1.0, 2.0, 10.0]).median, 3.0)

    def test_nothing_has_no_spread(self):
        self.assertIsNone(spread([]))

    def test_a_value_that_is_no_number_leaves_no_spread(self):
        self.assertIsNone(spread([1.0, math.nan]))
        self.assertIsNone(spread([1.0, math.inf]))

    def test_a_failed_round_is_not_averaged_away(self):
        mixed = turns(1.0, 2.0) + [Turn(failure="a byte was wrong")]
        self.assertIsNone(spread_of(mixed, "rate"))
        self.assertEqual(first_failure(mixed), "round 3: a byte was wrong")

    def test_rounds_that_never_ran_are_a_failure(self):
        self.assertEqual(first_failure([]), "no round was run")

    def test_a_figure_that_one_round_lacks_has_no_spread(self):
        self.assertIsNone(spread_of(turns(1.0) + [Turn({})], "rate"))


class Ratios(unittest.TestCase):
    def test_ratios_are_those_of_the_same_round(self):
        # The machine halved its speed in the second round, for both; medians of each side would say 1.
        self.assertEqual(ratio_spread(turns(9.0, 5.0, 10.0), turns(10.0, 5.0, 8.0), "rate"), Spread(1.0, 0.9, 1.25))

    def test_ratio_is_not_that_of_the_medians(self):
        mine, base = turns(1.0, 2.0, 30.0), turns(2.0, 1.0, 10.0)
        self.assertEqual(ratio_spread(mine, base, "rate").median, 2.0)
        self.assertEqual(spread_of(mine, "rate").median / spread_of(base, "rate").median, 1.0)

    def test_without_a_base_there_is_no_ratio(self):
        self.assertIsNone(ratio_spread(turns(1.0), [], "rate"))

    def test_a_failed_base_leaves_no_ratio(self):
        self.assertIsNone(ratio_spread(turns(1.0), [Turn(failure="it died")], "rate"))

    def test_a_base_of_nothing_leaves_no_ratio(self):
        self.assertIsNone(ratio_spread(turns(1.0), turns(0.0), "rate"))


class Rounds(unittest.TestCase):
    def test_order_rotates(self):
        orders = [rotated(["a", "b", "c"], number) for number in range(4)]
        self.assertEqual(orders, [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]])

    def test_each_round_measures_each_once(self):
        seen = []

        def measure(name):
            seen.append(name)
            return Turn({"number": len(seen)})

        series = interleave(["a", "b"], 2, measure)
        self.assertEqual(seen, ["a", "b", "b", "a"])
        self.assertEqual([turn.figures["number"] for turn in series["a"]], [1, 4])
        self.assertEqual([turn.figures["number"] for turn in series["b"]], [2, 3])


class Differences(unittest.TestCase):
    def test_what_both_runs_share_cancels_out(self):
        self.assertEqual(per_step(500 + 3 * 1000, 500 + 3 * 11000, 1000, 11000), 3.0)


if __name__ == "__main__":
    unittest.main()
