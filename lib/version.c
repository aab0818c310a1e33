/* The version of the library that runs, which need not be the one that a program was compiled with. */
#include <sockecho/version.h>

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *se_version(void)
{
    return VERSION_TEXT(SE_VERSION_MAJOR, SE_VERSION_MINOR, SE_VERSION_PATCH);
}

int se_version_number(void)
{
    return SE_VERSION_NUMBER;
}
