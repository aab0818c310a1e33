"""What is read of the output of strace, callgrind and size."""

import unittest

from driver.costs import calls_in, instructions_in
from driver.processes import ProcessError
from driver.size import text_bytes

TRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 51.28    0.001234           1      1000           sendto
 48.72    0.001172           1      1004         3 recvfrom
  0.00    0.000000           0         1           epoll_create1
------ ----------- ----------- --------- --------- ----------------
100.00    0.002406           1      2005         3 total
"""


class Tools(unittest.TestCase):
    def test_calls_are_told_apart_from_their_errors_and_their_total(self):
        self.assertEqual(calls_in(TRACE), {"sendto": 1000, "recvfrom": 1004, "epoll_create1": 1})

    def test_instructions_are_the_total_of_the_profile(self):
        self.assertEqual(instructions_in("version: 1\nevents: Ir\n\nfn=main\n3 17\nsummary: 4711\n"), 4711)

    def test_a_profile_without_a_total_is_no_result(self):
        with self.assertRaises(ProcessError):
            instructions_in("version: 1\n")

    def test_size_of_the_code(self):
        self.assertEqual(text_bytes("   text\t   data\t    bss\n  76725\t   1234\t      8\n"), 76725)

    def test_an_empty_output_of_size_is_no_result(self):
        with self.assertRaises(ProcessError):
            text_bytes("")


if __name__ == "__main__":
    unittest.main()
