/** @file vacancy.h
 * A process whose standard input is closed: the next descriptor that it makes is 0.
 */
#ifndef UNIT_VACANCY_H
#define UNIT_VACANCY_H

/** From here on 0 is the lowest free descriptor. */
void vacancy_begin(void);

/** Puts the standard input back; whoever took its number has closed it. */
void vacancy_end(void);

#endif
