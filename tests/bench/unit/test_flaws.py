"""A report that looks complete and is not."""

import unittest

from driver.bench import Part
from driver.flaws import flaws

RATIO = {"median": 1.0, "least": 0.9, "most": 1.1}


def part(data, **more):
    return Part("workloads", "Workloads", data=data, **more)


class Flaws(unittest.TestCase):
    def test_a_report_with_every_ratio_has_none(self):
        self.assertEqual(flaws([part({"1 x 64 B": {"libuv": {"failure": None, "rate_per_s_ratio": RATIO}}})]), [])

    def test_a_row_that_is_compared_with_nothing_is_named(self):
        found = flaws([part({"1 x 64 B": {"libuv": {"failure": None, "rate_per_s_ratio": None}}})])
        self.assertEqual(found, ["workloads: 1 x 64 B, libuv: rate_per_s_ratio is not known"])

    def test_a_row_that_failed_is_told_as_failed_only(self):
        self.assertEqual(flaws([part({"1 x 64 B": {"go": {"failure": "it died", "rate_per_s_ratio": None}}})]), [])

    def test_a_part_without_rows_is_a_flaw(self):
        self.assertEqual(flaws([part({})]), ["workloads: it has no rows"])

    def test_a_part_that_says_why_it_has_no_rows_is_none(self):
        self.assertEqual(flaws([part({}, remarks=["Left out: there is one core."])]), [])


if __name__ == "__main__":
    unittest.main()
