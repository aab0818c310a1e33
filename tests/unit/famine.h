/** @file famine.h
 * A process that can open no more descriptors.
 */
#ifndef UNIT_FAMINE_H
#define UNIT_FAMINE_H

/** From here on every call that makes a descriptor fails with EMFILE. */
void famine_begin(void);

/** Gives the limit back that was there before. */
void famine_end(void);

#endif
