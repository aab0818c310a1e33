/* What both programs say to the outside: one line on stderr when something went wrong, and output on stdout that is
 * never lost in silence.
 */
#ifndef EXAMPLES_REPORT_H
#define EXAMPLES_REPORT_H

/* Each program defines its own name, which begins every line on stderr. */
extern const char program_name[];

/* The exit statuses of both programs. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Makes the standard streams safe to use: a write to a closed pipe fails instead of ending the program, and a closed
 * standard descriptor fails when it is used instead of becoming the number of the next socket. 0, or -1 after a
 * complaint.
 */
int prepare_standard_streams(void);

/* Writes exactly one line on stderr: the program's name, ": ", the text. The journal is told that it is an error; on a
 * terminal it is red, unless NO_COLOR is set.
 */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* From here on flush_output() fails without a complaint where the reader of stdout has gone (EPIPE). That is for a
 * program whose output others filter: whoever leaves has what he wanted.
 */
void let_reader_leave(void);

/* Hands what was just printed on stdout to the kernel. 0, or -1 after a complaint, also when the print had failed. The
 * failure is told once: what is printed afterwards stands for itself.
 */
int flush_output(void);

/* Both print on stdout and give an exit status. */
int print_help(const char *text);
int print_version(void);

#endif
