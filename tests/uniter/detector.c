/* detector.c: the detector learns to name things, looks at one region as at many, and is the same after it was kept. */
#include "detector.h"
#include "../io/scratch.h"

#include <math.h>

enum { STEPS = 60, REGIONS = 3 };

static Cutouts cutouts;
static Detector detector;

static int begin(void **state)
{
    (void)state;
    Error err;
    return mm_cutouts_load("datasets", &cutouts, &err) && detector_train(&detector, &cutouts, 1, STEPS, true, &err) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    detector_free(&detector);
    mm_cutouts_free(&cutouts);
    return 0;
}

static void learns(void **state)
{
    (void)state;
    double right = detector_accuracy(&detector, &cutouts, MM_SCENE_HELD_OUT, 1, 40);
    assert_true(right > 0.5); /* chance: 1 in 40 */
}

static void look(const Detector *d, int n, real *feat, real *soft)
{
    const Region region[REGIONS] = {{0, 0, 40, 30}, {30, 20, 25, 50}, {100, 80, 28, 16}};
    Scene s = mm_scene_new(&cutouts, MM_SCENE_HELD_OUT, mm_scene_rng(1, MM_SCENE_HELD_OUT, 0));
    detector_look(d, &s.picture, region, n, feat, soft);
    mm_scene_free(&s);
}

static void one_as_many(void **state)
{
    (void)state;
    real feat[2][REGIONS * DETECTOR_NUMBERS], soft[2][REGIONS * DETECTOR_CLASSES];
    look(&detector, REGIONS, feat[0], soft[0]);
    look(&detector, 1, feat[1], soft[1]);
    for (int k = 0; k < DETECTOR_NUMBERS; k++) {
        assert_true(fabs((double)(feat[0][k] - feat[1][k])) < 1e-4);
    }
    for (int r = 0; r < REGIONS; r++) {
        double sum = 0;
        for (int k = 0; k < DETECTOR_CLASSES; k++) {
            sum += (double)soft[0][r * DETECTOR_CLASSES + k];
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

static void kept(void **state)
{
    (void)state;
    real feat[2][REGIONS * DETECTOR_NUMBERS], soft[2][REGIONS * DETECTOR_CLASSES];
    Detector again;
    Error err;
    assert_true(detector_save(&detector, scratch_folder, &err) && detector_load(&again, scratch_folder, &err));
    look(&detector, REGIONS, feat[0], soft[0]);
    look(&again, REGIONS, feat[1], soft[1]);
    assert_memory_equal(feat[0], feat[1], sizeof feat[0]);
    assert_memory_equal(soft[0], soft[1], sizeof soft[0]);
    detector_free(&again);
    assert_false(detector_load(&again, scratch("none"), &err));
    says(&err, "none/detector.safetensors", "No such file");
    detector_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(learns), cmocka_unit_test(one_as_many), IN_SCRATCH(kept)};
    return cmocka_run_group_tests(tests, begin, end);
}
