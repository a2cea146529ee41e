/* csv.c: a table that opens has all its cells, and each is well-formed UTF-8. */
#include "table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    check_table(mm_csv_read(fuzz_file(data, n), &err), n, "", &err);
    return 0;
}
