/* A step of AdamW on one parameter. */
#include "20.h"
#include "check.h"

enum { N = 3, STEPS = 5 };

typedef struct Run {
    real p[N], grad[N], m[N], v[N];
} Run;

/* One step with the gradient in r->grad. */
static void step(Run *r, void (*update)(const OptimizerConfig *, const Update *), int64_t t, real decay, real eps)
{
    Tensor p = {.shape = MM_SHAPE(N), .n = N, .data = r->p, .grad = r->grad, .needs_grad = true};
    const OptimizerConfig c = {.beta1 = (real)0.9, .beta2 = (real)0.99, .eps = eps};
    const Update u = {.p = &p, .state = {r->m, r->v}, .step = t, .lr = (real)0.1, .weight_decay = decay};
    update(&c, &u);
}

static void compare(const Run *got, const Run *want)
{
    expect_tensor("p", MM_SHAPE(N), got->p, want->p, 1e-9);
    expect_tensor("m", MM_SHAPE(N), got->m, want->m, 1e-9);
    expect_tensor("v", MM_SHAPE(N), got->v, want->v, 1e-9);
}

static void first_step(void)
{
    check("first", "the first step moves each number by lr, against the gradient's sign",
          "At step 1 the corrected m is g and the corrected v is g^2, so g / |g| is left. Are both corrected, and is the root "
          "taken?");
    Run r = {.p = {1, 2, 3}, .grad = {4, -0.5, 100}};
    step(&r, YOURS(adamw_update), 1, 0, 0);
    expect_tensor("p", MM_SHAPE(N), r.p, (const real[]){0.9, 2.1, 2.9}, 1e-9);
    check("means", "m and v after the first step", "m is 0.1 g and v is 0.01 g^2: the new part has the weight 1 - beta.");
    expect_tensor("m", MM_SHAPE(N), r.m, (const real[]){0.4, -0.05, 10}, 1e-9);
    expect_tensor("v", MM_SHAPE(N), r.v, (const real[]){0.16, 0.0025, 100}, 1e-9);
    check("cleared", "the gradient is 0 afterwards",
          "The next backward adds to what is there: set grad[i] to 0 when it is used.");
    expect_tensor("grad", MM_SHAPE(N), r.grad, (const real[]){0, 0, 0}, 0);
}

void exercise_20(void)
{
    first_step();
    check("decay", "decay alone, with a gradient of 0",
          "p loses lr times decay of itself: 0.1 * 0.5. The means know nothing of it.");
    Run r = {.p = {1, 2, 3}};
    step(&r, YOURS(adamw_update), 1, (real)0.5, (real)1e-8);
    expect_tensor("p", MM_SHAPE(N), r.p, (const real[]){0.95, 1.9, 2.85}, 1e-9);
    expect_tensor("m", MM_SHAPE(N), r.m, (const real[]){0, 0, 0}, 0);
    check("eps", "an eps as large as the gradient halves the step", "eps is added to the corrected root, outside of it.");
    Run e = {.p = {1, 2, 3}, .grad = {4, 4, 4}};
    step(&e, YOURS(adamw_update), 1, 0, 4);
    expect_tensor("p", MM_SHAPE(N), e.p, (const real[]){0.95, 1.95, 2.95}, 1e-9);
    check("steps", "five steps against the reference",
          "The corrections are 1 - beta^t with t the step: they change from step to step.");
    Run got = {.p = {1, 2, 3}}, want = got;
    for (int t = 1; t <= STEPS; t++) {
        draw(got.grad, N, -1, 1, "gradient");
        got.grad[t % N] += t;
        memcpy(want.grad, got.grad, sizeof got.grad);
        step(&got, YOURS(adamw_update), t, (real)0.1, (real)1e-3);
        step(&want, mm_adamw.update, t, (real)0.1, (real)1e-3);
        compare(&got, &want);
    }
}
