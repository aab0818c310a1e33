/* Linked into a second sockecho-client, which is reset before its connect has ended where the environment has
 * FAKED_RESETS: where a server turns a peer away, it is chance whether the peer's kernel tells of that in the connect
 * or in the first echo. (The linker's --wrap sends the program's calls here.)
 */
#include <errno.h>
#include <sockecho.h>
#include <stdlib.h>

int __real_se_client_connect(struct se_client *client, const char *host, int port);
int __wrap_se_client_connect(struct se_client *client, const char *host, int port);

int __wrap_se_client_connect(struct se_client *client, const char *host, int port)
{
    return getenv("FAKED_RESETS") != NULL ? -ECONNRESET : __real_se_client_connect(client, host, port);
}
