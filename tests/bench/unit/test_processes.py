"""Processes: what they print and how they end, and that nothing is left of them."""

import os
import sys
import time
import unittest

from driver.processes import Child, ProcessError, Server, attempt, child_of, cpu_clock_of, run_to_end

LISTENS = "import signal; print('listening on 127.0.0.1:7007', flush=True); signal.pause()"


def python(code):
    return [sys.executable, "-c", code]


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


class Servers(unittest.TestCase):
    def test_server_tells_where_it_listens_and_is_gone_after_its_block(self):
        with Server(python(LISTENS)) as server:
            self.assertEqual((server.host, server.port), ("127.0.0.1", 7007))
            server.finish()
        self.assertFalse(is_alive(server.id))

    def test_server_is_gone_after_an_interruption(self):
        with self.assertRaises(KeyboardInterrupt), Server(python(LISTENS)) as server:
            raise KeyboardInterrupt
        self.assertFalse(is_alive(server.id))

    def test_server_behind_a_tool_gets_the_signal(self):
        tool = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, lambda *_: None); " \
               "sys.exit(subprocess.call([sys.executable, '-c', sys.argv[1]]) != -15)"
        with Server([*python(tool), LISTENS], runs_a_child=True) as server:
            behind = child_of(server.id)
            server.finish()
        self.assertFalse(is_alive(behind))

    def test_server_that_says_something_else_is_refused(self):
        with self.assertRaisesRegex(ProcessError, "in place of where it listens"):
            Server(python("print('hello')"))

    def test_server_that_does_not_start_tells_why(self):
        with self.assertRaisesRegex(ProcessError, "no more ports"):
            Server(python("import sys; sys.exit('no more ports')"))

    def test_server_that_ended_by_itself_is_a_failure(self):
        with Server(python("print('listening on 127.0.0.1:7007', flush=True); raise SystemExit('tired')")) as server:
            server.process.wait()
            with self.assertRaisesRegex(ProcessError, "ended by itself with 1: tired"):
                server.finish()

    def test_server_that_ends_with_an_error_is_a_failure(self):
        code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); "
        with Server(python(code + LISTENS)) as server, self.assertRaisesRegex(ProcessError, "ended with 3"):
            server.finish()


class Programs(unittest.TestCase):
    def test_output_of_a_program(self):
        self.assertEqual(run_to_end(python("print('done')")), b"done\n")

    def test_a_program_that_fails_tells_why(self):
        with self.assertRaisesRegex(ProcessError, "ended with 1: no way"):
            run_to_end(python("raise SystemExit('no way')"))

    def test_a_program_that_hangs_is_ended(self):
        begin = time.monotonic()
        with self.assertRaisesRegex(ProcessError, "longer than"):
            run_to_end(python("import signal; signal.pause()"), timeout_s=0.2)
        self.assertLess(time.monotonic() - begin, 15)

    def test_a_program_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(ProcessError, "no-such-program cannot be started"):
            Child(["no-such-program"])

    def test_program_stays_on_its_core(self):
        core = max(os.sched_getaffinity(0))
        printed = run_to_end(python("import os; print(os.sched_getaffinity(0))"), core)
        self.assertEqual(printed.decode().strip(), str({core}))

    def test_clock_counts_threads_that_have_ended(self):
        code = "import threading, time, sys\n" \
               "def spin():\n    while time.thread_time() < 0.2: pass\n" \
               "threads = [threading.Thread(target=spin) for _ in range(2)]\n" \
               "[t.start() for t in threads]; [t.join() for t in threads]\n" \
               "print('listening on 127.0.0.1:1', flush=True); sys.stdin.read(); time.sleep(60)"
        with Server(python(code)) as server:
            self.assertGreater(time.clock_gettime(cpu_clock_of(server.id)), 0.4)


class Attempts(unittest.TestCase):
    def test_what_was_measured(self):
        self.assertEqual(attempt(lambda: {"rate": 1.0}).figures, {"rate": 1.0})

    def test_a_failure_keeps_its_reason(self):
        def fail():
            raise ProcessError("a byte was wrong")
        self.assertEqual(attempt(fail).failure, "a byte was wrong")

    def test_a_missing_figure_is_named(self):
        self.assertIn("'seconds'", attempt(lambda: {}["seconds"]).failure)

    def test_an_interruption_is_no_failure_of_a_row(self):
        def interrupt():
            raise SystemExit(130)
        with self.assertRaises(SystemExit):
            attempt(interrupt)


if __name__ == "__main__":
    unittest.main()
