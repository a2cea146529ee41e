/* The bootstrap, with clusters. */
#include "48.h"
#include "check.h"

enum { SINGLE = 50, MOST = 400 };

void exercise_48(void)
{
    int first[SINGLE + 1], example[SINGLE], pick[MOST], times[SINGLE] = {0}, twice = 0;
    for (int i = 0; i <= SINGLE; i++) {
        first[i] = i;
        example[i % SINGLE] = i % SINGLE;
    }
    check("as_many", "50 clusters of one example", "As many clusters are drawn as there are, and each brings its one example.");
    for (int round = 0; round < 100; round++) {
        Rng rng = mm_rng((uint64_t)round, "round");
        memset(pick, -1, sizeof pick);
        expect_int("the number of examples", YOURS(resample)(first, example, SINGLE, &rng, pick), SINGLE);
        for (int i = 0; i < SINGLE; i++) {
            twice += i > 0 && pick[i] == pick[0];
            times[pick[i] < 0 || pick[i] >= SINGLE ? 0 : pick[i]]++;
        }
    }
    check("replacement", "one and the same example can come twice", "Every draw is from all clusters, whatever came before.");
    expect(twice > 0, "in 100 rounds the first example never came again");
    check("all", "in 100 rounds each of the 50 examples comes about 100 times",
          "mm_below(rng, clusters) draws each of 0 .. clusters-1.");
    for (int i = 0; i < SINGLE; i++) {
        expect(times[i] > 50 && times[i] < 150, "example %d came %d times", i, times[i]);
    }
    check("whole", "three clusters of 1, 2 and 3 examples",
          "All examples of a cluster come, next to each other: from first[drawn] to before first[drawn + 1].");
    static const int begins[] = {0, 1, 3, 6}, of[] = {7, 3, 9, 1, 0, 4};
    for (int round = 0; round < 20; round++) {
        Rng rng = mm_rng((uint64_t)round, "round"), same = rng;
        int want[9], n = 0;
        for (int k = 0; k < 3; k++) {
            int drawn = mm_below(&same, 3);
            for (int i = begins[drawn]; i < begins[drawn + 1]; i++) {
                want[n++] = of[i];
            }
        }
        expect_int("the number of examples", YOURS(resample)(begins, of, 3, &rng, pick), n);
        for (int i = 0; i < n; i++) {
            expect(pick[i] == want[i], "round %d: at place %d is example %d, wanted %d", round, i, pick[i], want[i]);
        }
    }
}
