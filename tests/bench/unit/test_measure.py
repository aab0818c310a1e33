"""One turn, with programs that stand for a server and a load: what counts as a result, and what does not."""

import json
import sys
import unittest

from driver.load import Workload, measure_turn

LISTENS = "import signal, sys, time; print('listening on 127.0.0.1:7007', flush=True); "
SERVES = LISTENS + "signal.pause()"
SECONDS = 0.3
RESULT = {"echoes": 1000, "seconds": SECONDS, "echoes_per_second": 1000 / SECONDS, "cpu_seconds": 0.1}
NO_CORES = (None, None)


def server(code):
    return [sys.executable, "-c", code]


def load(result, status=0, complaint=""):
    code = "import sys, time; time.sleep(float(sys.argv[1])); print(sys.argv[2]); sys.stderr.write(sys.argv[3]); " \
           "sys.exit(int(sys.argv[4]))"
    text = result if isinstance(result, str) else json.dumps(result)
    return [sys.executable, "-c", code, str(2 * SECONDS), text, complaint, str(status)]


def turn(server_code, load_command):
    return measure_turn(server(server_code), load_command, NO_CORES, Workload(1, 64), SECONDS)


class Turns(unittest.TestCase):
    def test_a_load_that_came_back_is_a_result(self):
        found = turn(SERVES, load(RESULT))
        self.assertIsNone(found.failure)
        self.assertEqual(found.figures["rate_per_s"], 1000 / SECONDS)
        self.assertLess(found.figures["server_share"], 0.5)

    def test_a_wrong_byte_is_no_result(self):
        said = {**RESULT, "ok": False, "reason": "1 connection brought back a wrong byte"}
        self.assertEqual(turn(SERVES, load(said, status=1)).failure, "1 connection brought back a wrong byte")

    def test_a_load_that_fails_without_a_reason_is_no_result(self):
        self.assertEqual(turn(SERVES, load(RESULT, status=1, complaint="load: no ports\n")).failure, "load: no ports")

    def test_a_load_that_says_nothing_is_no_result(self):
        self.assertIn("ended with 3: lost", turn(SERVES, load("", status=3, complaint="lost\n")).failure)

    def test_a_load_without_an_echo_is_no_result(self):
        self.assertEqual(turn(SERVES, load({**RESULT, "echoes": 0})).failure, "no echo was measured")

    def test_a_server_that_died_meanwhile_is_no_result(self):
        dies = LISTENS + "time.sleep(0.2); sys.exit('out of memory')"
        self.assertIn("ended by itself with 1: out of memory", turn(dies, load(RESULT)).failure)

    def test_a_server_that_cannot_be_started_is_no_result(self):
        self.assertIn("no-such-server", measure_turn(["no-such-server"], load(RESULT), NO_CORES, Workload(1, 64),
                                                     SECONDS).failure)


if __name__ == "__main__":
    unittest.main()
