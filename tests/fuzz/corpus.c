/* Runs a target over the files of a folder, where libFuzzer is not there: so every build checks the corpus.
 *
 * usage: PROGRAM FOLDER */
#include "input.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MAX = 65536 };

static int run_file(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return -1;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    fprintf(stderr, "%s: %zu bytes\n", name, size);
    /* An exact copy, so that a sanitizer sees who reads beyond its end. */
    uint8_t *copy = malloc(size ? size : 1);
    for (size_t i = 0; copy && i < size; i++)
        copy[i] = bytes[i];
    if (copy)
        LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return copy ? 0 : -1;
}

int main(int count, char **arguments)
{
    DIR *folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
        return 2;
    }
    int files = 0;
    int failed = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        failed += run_file(arguments[1], entry->d_name) != 0;
        files++;
    }
    closedir(folder);
    printf("%d inputs\n", files);
    return failed > 0 || files == 0;
}
