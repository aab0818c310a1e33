/* A file that tells other programs on which port a server listens, as digits and a newline. It is there whole or not at
 * all, and it is removed at the end if it is still the same file.
 */
#ifndef EXAMPLES_PORT_FILE_H
#define EXAMPLES_PORT_FILE_H

struct port_file {
    const char *path; /* NULL: there is none */
    int fd;           /* as long as it is open, no other file can have the file's number */
};

/* Before there is anything to tell: nobody should read the port of a server that was killed. The file of one that still
 * serves stays, for this one may fail to listen. With NULL as path it does nothing.
 */
void remove_left_over_port_file(const char *path);

/* Replaces a regular file that is there, and nothing else. With NULL as path it does nothing. 0, or -1 after a
 * complaint. */
int write_port_file(struct port_file *file, const char *path, int port);

void remove_port_file(struct port_file *file);

#endif
