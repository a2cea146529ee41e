/* The learning rate's way. */
#include "18.h"
#include "check.h"

static void at(int64_t step, int64_t warmup, int64_t total, double want)
{
    char name[64];
    snprintf(name, sizeof name, "step %lld, warmup %lld, total %lld", (long long)step, (long long)warmup, (long long)total);
    expect_number(name, (double)YOURS(mm_warmup_cosine)(step, warmup, total), want, 1e-9);
}

void exercise_18(void)
{
    check("rise", "a tenth at step 0, half at step 4, of 10 warm-up steps",
          "(step + 1) / warmup, as a fraction: steps count from 0.");
    at(0, 10, 110, 0.1);
    at(4, 10, 110, 0.5);
    at(9, 10, 110, 1);
    check("top", "1 at the first step after the warm-up", "The cosine begins there: (step - warmup) is 0, and cos 0 is 1.");
    at(10, 10, 110, 1);
    check("half", "half at the middle of the fall", "The fall takes total - warmup steps. Halved: (1 + cos) goes from 2 to 0.");
    at(60, 10, 110, 0.5);
    at(35, 10, 110, 0.5 * (1 + cos(3.141592653589793 / 4)));
    check("end", "0 at the last step and after it", "The cosine would rise again after pi: stop there.");
    at(110, 10, 110, 0);
    at(150, 10, 110, 0);
    check("edges", "no warm-up, and nothing but warm-up", "Do not divide by 0 when total equals warmup.");
    at(0, 0, 100, 1);
    at(50, 0, 100, 0.5);
    at(9, 10, 10, 1);
    at(10, 10, 10, 1);
}
