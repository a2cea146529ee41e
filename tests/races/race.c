/* race.c: proves that the preset `tsan` would see a race. Two threads write one number without asking each other; with the argument
 * `reduction` OpenMP keeps them apart, and nothing may be reported. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    int shared = 0, reduced = 0;
    if (argc > 1 && strcmp(argv[1], "reduction") == 0) {
#pragma omp parallel for num_threads(2) reduction(+ : reduced)
        for (int i = 0; i < 10000; i++) {
            reduced += i;
        }
    } else {
#pragma omp parallel for num_threads(2)
        for (int i = 0; i < 10000; i++) {
            shared += i;
        }
    }
    printf("%d %d\n", shared, reduced);
    return 0;
}
