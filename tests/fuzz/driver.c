/* driver.c: gives a fuzz target every file that is named, or that lies in a named folder, once. This is how the corpus runs where
 * there is no libFuzzer. */
#include "fuzz.h"

#include <fts.h>

static void run(const char *path)
{
    FILE *f = fopen(path, "rb");
    MUST(f && fseek(f, 0, SEEK_END) == 0);
    size_t n = (size_t)ftell(f);
    uint8_t *data = malloc(n + 1); /* the target must not rely on a 0 behind its input, so no sanitizer's guard is given away */
    rewind(f);
    MUST(data && fread(data, 1, n, f) == n);
    fclose(f);
    data = realloc(data, n ? n : 1);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
}

int main(int argc, char **argv)
{
    MUST(argc > 1);
    int inputs = 0;
    FTS *walk = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    MUST(walk);
    for (FTSENT *e; (e = fts_read(walk));) {
        if (e->fts_info == FTS_F) {
            fprintf(stderr, "%s\n", e->fts_path);
            run(e->fts_path);
            inputs++;
        }
    }
    fts_close(walk);
    printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
