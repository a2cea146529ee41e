/* Which frames of a clip are looked at. */
#include "65.h"
#include "check.h"

static void gives(int n, const int want[MM_CLIP_FRAMES])
{
    static const char *const name[MM_CLIP_FRAMES] = {"frame[0]", "frame[1]", "frame[2]", "frame[3]",
                                                     "frame[4]", "frame[5]", "frame[6]", "frame[7]"};
    int frame[MM_CLIP_FRAMES] = {-7, -7, -7, -7, -7, -7, -7, -7};
    YOURS(watched_frames)(n, frame);
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        expect_int(name[i], frame[i], want[i]);
    }
}

void exercise_65(void)
{
    check("eight", "a clip of 8 frames", "Each is looked at once, from the first to the last: seven steps.");
    gives(8, (const int[]){0, 1, 2, 3, 4, 5, 6, 7});
    check("hundred", "a clip of 100 frames", "From 0 to 99 in even steps of 99/7, each rounded to the nearest.");
    gives(100, (const int[]){0, 14, 28, 42, 57, 71, 85, 99});
    check("two", "a clip of 2 frames", "The nearer of the two: the first four times, then the second.");
    gives(2, (const int[]){0, 0, 0, 0, 1, 1, 1, 1});
    check("one", "a clip of one frame", "There is no other: eight times the first.");
    gives(1, (const int[]){0, 0, 0, 0, 0, 0, 0, 0});
}
