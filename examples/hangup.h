/* Whether SIGHUP, which comes when a terminal is closed, is for a program to heed. */
#ifndef EXAMPLES_HANGUP_H
#define EXAMPLES_HANGUP_H

/* Not where it is ignored from outside, as nohup(1) does: such a program is to go on. A handler may ask. */
int is_hangup_heard(void);

#endif
