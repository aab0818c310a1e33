/* Linked into a second sockecho-client, whose load ends with the figures that a test wants: the environment's
 * FAKED_FIGURE_N takes the place of figure N of enum se_load_stat. The load itself is real, and goes to 127.0.0.1
 * whatever the host is called. (The linker's --wrap sends the program's calls here.)
 */
#include <sockecho.h>
#include <stdio.h>
#include <stdlib.h>

int64_t __real_se_load_stat(const struct se_load *load, int stat);
int64_t __wrap_se_load_stat(const struct se_load *load, int stat);
int __real_se_load_run(struct se_load *load, const char *host, int port);
int __wrap_se_load_run(struct se_load *load, const char *host, int port);

int64_t __wrap_se_load_stat(const struct se_load *load, int stat)
{
    char name[32];
    snprintf(name, sizeof name, "FAKED_FIGURE_%d", stat);
    const char *figure = getenv(name);
    return figure != NULL ? strtoll(figure, NULL, 10) : __real_se_load_stat(load, stat);
}

int __wrap_se_load_run(struct se_load *load, const char *host, int port)
{
    (void)host;
    return __real_se_load_run(load, "127.0.0.1", port);
}
