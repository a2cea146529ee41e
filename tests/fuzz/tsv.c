/* tsv.c: as csv.c, and no cell holds a tab or a line feed. */
#include "table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    check_table(mm_tsv_read(fuzz_file(data, n), &err), n, "\t\n", &err);
    return 0;
}
