"""The scripts that gnuplot gets: every figure in its place, and nothing drawn of what is not known."""

import unittest

from driver.plots import busy_poll_script, ratios_script, scale_script, scripts


def found(median):
    return {"median": median, "least": median - 0.5, "most": median + 0.5}


WORKLOADS = {"1 x 64 B": {"sockecho": {"rate_per_s_ratio": found(1.0)}, "go": {"rate_per_s_ratio": found(7.5)}},
             "4 x 512 B, 128 in flight": {"sockecho": {"rate_per_s_ratio": None}}}


class Plots(unittest.TestCase):
    def script(self):
        return ratios_script(WORKLOADS, "rate_per_s_ratio", "title", "ratio", 4.0)

    def test_a_bar_has_its_spread(self):
        self.assertIn('"1 x 64 B" 1 0.5 1.5', self.script())

    def test_what_is_not_known_is_missing(self):
        self.assertIn('"4 x 512 B\\n128 deep" ? ? ?', self.script())

    def test_a_bar_beyond_the_edge_tells_its_value(self):
        labels = [line for line in self.script() if line.startswith("set label")]
        self.assertEqual(len(labels), 1)
        self.assertIn('"7.5" at 0.1250,', labels[0])

    def test_scale_has_a_line_for_each_server_in_each_panel(self):
        row = {name: {key: found(2.0) for key in ("open_us", "echo_us", "server_cpu_us")}
               for name in ("sockecho", "bare-epoll")}
        script = scale_script({"10": row, "100": row})
        self.assertEqual(script.count("100 2 1.5 2.5"), 6)
        self.assertEqual(sum(line.startswith("plot ") for line in script), 3)

    def test_busy_polling_has_a_row_for_each_way(self):
        script = busy_poll_script({"both": {"p50_us": found(10.0), "p99_us": None}})
        self.assertIn('"both" 10 9.5 10.5 ? ? ?', script)

    def test_only_parts_with_data_are_drawn(self):
        self.assertEqual(list(scripts({"workloads": WORKLOADS, "scale": {}})), ["throughput.svg", "cpu.svg"])


if __name__ == "__main__":
    unittest.main()
