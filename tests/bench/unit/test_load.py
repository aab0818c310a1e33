"""What is read of a load: its result, and the part of its time in which the processors are compared."""

import unittest

from driver.load import (Sample, Shares, Workload, engine_command, figures_of_result, reason_of, shares_between, tail_s,
                         with_shares)
from driver.processes import ProcessError

ENGINE_RESULT = {"returned": 200, "elapsed_us": 2e6, "messages_per_s": 100.0, "busy_percent": 50.0,
                 "rtt_p50_us": 10.5, "rtt_p99_us": None}


class Workloads(unittest.TestCase):
    def test_names_tell_connections_size_and_depth(self):
        names = [workload.name for workload in (Workload(1000, 512), Workload(4, 65536, 4))]
        self.assertEqual(names, ["1,000 x 512 B", "4 x 64 KiB, 4 in flight"])

    def test_engine_is_asked_for_the_workload(self):
        command = " ".join(engine_command("client", Workload(4, 512, 128), 2.0, 0.5, "--busy-poll", "9"))
        self.assertEqual(command, "client --load --json --connections 4 --size 512 --depth 128 --duration 2.000 "
                                  "--warmup 0.500 --busy-poll 9")


class Results(unittest.TestCase):
    def test_result_of_the_engine(self):
        self.assertEqual(figures_of_result(ENGINE_RESULT), {
            "echoes": 200, "elapsed_s": 2.0, "rate_per_s": 100.0, "client_busy": 0.5, "p50_us": 10.5})

    def test_result_of_another_load(self):
        result = {"echoes": 200, "seconds": 2.0, "echoes_per_second": 100.0, "cpu_seconds": 1.0}
        self.assertEqual(figures_of_result(result), {
            "echoes": 200, "elapsed_s": 2.0, "rate_per_s": 100.0, "client_cpu_us": 5000.0})

    def test_result_of_the_churn(self):
        result = {"at_once": 10, "connections": 300, "seconds": 1.5, "connections_per_second": 200.0}
        self.assertEqual(figures_of_result(result), {"echoes": 300, "elapsed_s": 1.5, "rate_per_s": 200.0})

    def test_failures_of_the_churn_are_the_reason(self):
        self.assertEqual(reason_of({"failures": {"ECONNRESET": 3}}, "-"), "ECONNRESET (3 times)")
        self.assertEqual(reason_of({"failures": {}}, "no reason"), "no reason")

    def test_result_without_the_rate_is_none(self):
        with self.assertRaises(KeyError):
            figures_of_result({"echoes": 1})


class Shared(unittest.TestCase):
    def samples(self):
        # The server takes half a core throughout, the client a quarter; the first and the last reading lie outside.
        return [Sample(at / 10, int(at * 5e7), int(at * 2.5e7)) for at in range(11)]

    def test_shares_are_those_within_the_time(self):
        samples = self.samples()
        samples[0] = Sample(0.0, -10**12, -10**12)
        shares = shares_between(samples, 0.05, 0.95)
        self.assertAlmostEqual(shares.server, 0.5)
        self.assertAlmostEqual(shares.client, 0.25)

    def test_one_reading_is_helped_out_by_its_neighbours(self):
        self.assertAlmostEqual(shares_between(self.samples(), 0.45, 0.55).server, 0.5)

    def test_one_reading_alone_tells_nothing(self):
        self.assertIsNone(shares_between(self.samples()[5:6], 0.45, 0.55))

    def test_cost_of_an_echo_is_share_by_rate(self):
        figures = with_shares({"rate_per_s": 100_000.0}, Shares(0.5, 0.25))
        self.assertAlmostEqual(figures["server_cpu_us"], 5.0)
        self.assertAlmostEqual(figures["client_cpu_us"], 2.5)
        self.assertEqual(figures["client_busy"], 0.25)

    def test_what_a_load_says_of_itself_is_kept(self):
        said = {"rate_per_s": 1.0, "client_busy": 0.75, "client_cpu_us": 3.0}
        figures = with_shares(said, Shares(1, 0.25))
        self.assertEqual({key: figures[key] for key in said}, said)

    def test_too_short_a_time_is_no_result(self):
        with self.assertRaises(ProcessError):
            with_shares({"rate_per_s": 1.0}, None)

    def test_tail_grows_with_the_connections_and_leaves_half(self):
        self.assertAlmostEqual(tail_s(Workload(10000, 512), 2.0), 0.25)
        self.assertAlmostEqual(tail_s(Workload(10000, 512), 0.2), 0.1)


if __name__ == "__main__":
    unittest.main()
