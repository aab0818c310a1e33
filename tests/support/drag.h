/** @file drag.h
 * Makes the thread of a test slower than whoever it talks to: after each millisecond of work, a signal handler lets it
 * rest for twenty.
 */
#ifndef SUPPORT_DRAG_H
#define SUPPORT_DRAG_H

void drag_begin(void);

/** Returns how many rests there were. */
int drag_end(void);

#endif
