"""Text tables, and how figures are written."""

import unittest

from driver.figures import Spread
from driver.tables import Table, median, median_percent, median_ratio, number, range_of_ratios


class Tables(unittest.TestCase):
    def test_columns_line_up(self):
        table = Table("title", ("server", "echoes/s"))
        table.add(["a", "1,000"])
        table.add(["longer", "7"], "FAILED")
        self.assertEqual(table.lines(), ["title",
                                         "",
                                         "server  echoes/s",
                                         "a          1,000",
                                         "longer         7  FAILED"])

    def test_what_is_missing_is_a_dash(self):
        table = Table("title", ("server", "rate", "ratio"))
        table.add(["a"])
        self.assertEqual(table.lines()[-1].split(), ["a", "-", "-"])

    def test_a_row_that_is_too_long_is_refused(self):
        with self.assertRaises(ValueError):
            Table("title", ("server",)).add(["a", "b"])

    def test_an_empty_table_is_its_heading(self):
        self.assertEqual(Table("title", ("server", "rate")).lines(), ["title", "", "server  rate"])


class Numbers(unittest.TestCase):
    def test_large_numbers_have_no_fraction(self):
        self.assertEqual(number(158123.4), "158,123")

    def test_small_numbers_keep_three_digits(self):
        self.assertEqual([number(12.34), number(1.234), number(0.1234)], ["12.3", "1.23", "0.123"])

    def test_nothing_is_a_dash(self):
        self.assertEqual([number(None), median(None), median_ratio(None), range_of_ratios(None), median_percent(None)],
                         ["-"] * 5)

    def test_ratios_show_how_far_the_rounds_lie_apart(self):
        found = Spread(0.98765, 0.9, 1.1)
        self.assertEqual([median_ratio(found), range_of_ratios(found)], ["0.988", "0.900..1.100"])

    def test_shares_are_percent(self):
        self.assertEqual(median_percent(Spread(0.987, 0, 1)), "99 %")


if __name__ == "__main__":
    unittest.main()
