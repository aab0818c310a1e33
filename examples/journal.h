/* Whether what a program writes to stderr goes to the journal of systemd, which takes "<N>" in front of a line for the
 * line's level (sd-daemon(3)).
 */
#ifndef EXAMPLES_JOURNAL_H
#define EXAMPLES_JOURNAL_H

/* The levels of syslog(3) that the programs use. */
enum journal_level { LEVEL_ERROR = 3, LEVEL_WARNING = 4, LEVEL_NOTICE = 5, LEVEL_INFO = 6 };

/* What to write in front of a line of that level on stderr: "<6>", or "" where the journal does not read it. */
const char *journal_prefix(enum journal_level level);

#endif
