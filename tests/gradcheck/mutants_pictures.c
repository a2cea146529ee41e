/* mutants_pictures.c: mistakes in convolution and pooling. */
#include <string.h>

#include "mutants.h"

/* Another padding of the same size in all, so that y keeps its shape. */
static void conv2d_with(Tensor *y, Conv2d o)
{
    Tensor *r = copy_of(y);
    r->attr = &o;
    give(y, run(r));
}

static void conv2d_stride_ignored(Tensor *y)
{
    Conv2d o = *(const Conv2d *)y->attr;
    o.stride = 1;
    conv2d_with(y, o);
}

static void conv2d_pad_ignored(Tensor *y)
{
    Conv2d o = *(const Conv2d *)y->attr;
    o.extra += 2 * o.pad;
    o.pad = 0;
    conv2d_with(y, o);
}

static void conv2d_extra_in_front(Tensor *y)
{
    Conv2d o = *(const Conv2d *)y->attr;
    o.pad += o.extra;
    o.extra = -o.extra;
    conv2d_with(y, o);
}

/* dw as if each group of outputs had seen the channels of the group before. */
static void conv2d_group_off_by_one(Tensor *y)
{
    Tensor *r = copy_of(y);
    size_t groups = (size_t)((const Conv2d *)y->attr)->groups, picture = y->in[0]->n / (size_t)y->shape.d[0];
    r->in[0]->data = zeros(y, y->in[0]->n);
    for (size_t k = 0; k < y->in[0]->n; k++) {
        size_t first = k / picture * picture;
        r->in[0]->data[first + (k - first + picture / groups) % picture] = y->in[0]->data[k];
    }
    give(y, run(r));
}

/* Each kernel of w turned by 180 degrees: the mistake of who mixes up convolution and correlation. */
static void turn_kernels(const Tensor *w, real *p)
{
    size_t size = (size_t)w->shape.d[2] * (size_t)w->shape.d[3];
    for (size_t k = 0; k < w->n; k += size) {
        for (size_t i = 0; i < size / 2; i++) {
            real t = p[k + i];
            p[k + i] = p[k + size - 1 - i];
            p[k + size - 1 - i] = t;
        }
    }
}

static void conv2d_kernel_turned(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->in[1]->data = copied(y, y->in[1]->data, y->in[1]->n);
    turn_kernels(y->in[1], r->in[1]->data);
    give(y, run(r));
}

static void conv2d_dw_turned(Tensor *y)
{
    Tensor *r = right(y);
    if (r->in[1]->grad) {
        turn_kernels(y->in[1], r->in[1]->grad);
    }
    give(y, r);
}

/* A copy that sees only the upstream gradient of the last picture. */
static Tensor *last_picture(Tensor *y)
{
    Tensor *r = copy_of(y);
    size_t picture = y->n / (size_t)y->shape.d[0];
    r->grad = zeros(y, y->n);
    memcpy(r->grad + y->n - picture, y->grad + y->n - picture, picture * sizeof(real));
    return run(r);
}

static void conv2d_dw_of_last_picture(Tensor *y)
{
    Tensor *r = right(y);
    give_only(y, r, 0);
    give_only(y, last_picture(y), 1);
    if (y->n_in == 3) {
        give_only(y, r, 2);
    }
}

static void conv2d_db_of_first_pixel(Tensor *y)
{
    Tensor *r = right(y);
    size_t O = (size_t)y->shape.d[1], P = (size_t)y->shape.d[2] * (size_t)y->shape.d[3];
    for (size_t o = 0; y->n_in == 3 && o < O && r->in[2]->grad; o++) {
        r->in[2]->grad[o] = 0;
        for (size_t b = 0; b < (size_t)y->shape.d[0]; b++) {
            r->in[2]->grad[o] += y->grad[(b * O + o) * P];
        }
    }
    give(y, r);
}

/* ---- avgpool2d, maxpool2d ---- */

static void avgpool2d_scaled(Tensor *y, bool both_sides)
{
    Tensor *r = copy_of(y);
    const Pool2d *o = y->attr;
    Shape x = y->in[0]->shape;
    int height = o->size ? o->size : x.d[2], width = o->size ? o->size : x.d[3];
    r->grad = copied(y, y->grad, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->grad[k] *= (real)(both_sides ? height * width : height);
    }
    give(y, run(r));
}

static void avgpool2d_no_mean(Tensor *y)
{
    avgpool2d_scaled(y, true);
}

static void avgpool2d_one_side(Tensor *y)
{
    avgpool2d_scaled(y, false);
}

static void avgpool2d_left_column_only(Tensor *y)
{
    Tensor *r = right(y);
    const Pool2d *o = y->attr;
    size_t W = (size_t)mm_last(y->in[0]->shape), size = o->size ? (size_t)o->size : W;
    for (size_t k = 0; k < y->in[0]->n; k++) {
        r->in[0]->grad[k] = k % W % size == 0 ? r->in[0]->grad[k] : 0;
    }
    give(y, r);
}

/* Windows that overlap: the last one wins. */
static void pool2d_last_window_only(Tensor *y)
{
    Tensor *r = right(y);
    for (size_t k = 0; k < y->n; k++) {
        Tensor *one = copy_of(y);
        one->grad = zeros(y, y->n);
        one->grad[k] = y->grad[k];
        run(one);
        for (size_t i = 0; i < y->in[0]->n; i++) {
            r->in[0]->grad[i] = one->in[0]->grad[i] != 0 ? one->in[0]->grad[i] : r->in[0]->grad[i];
        }
    }
    give(y, r);
}

static void maxpool2d_as_average(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->op = &mm_op_avgpool2d;
    give(y, run(r));
}

/* As if the comparison were the wrong way round. */
static void maxpool2d_smallest(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->in[0]->data = copied(y, y->in[0]->data, y->in[0]->n);
    for (size_t k = 0; k < y->in[0]->n; k++) {
        r->in[0]->data[k] = -r->in[0]->data[k];
    }
    give(y, run(r));
}

static void maxpool2d_times_value(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = copied(y, y->grad, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->grad[k] *= y->data[k];
    }
    give(y, run(r));
}

const Mutant mutants_pictures[] = {{"conv2d", "the stride is ignored", conv2d_stride_ignored},
                                   {"conv2d", "the padding is ignored", conv2d_pad_ignored},
                                   {"conv2d", "dx with the kernel turned by 180 degrees", conv2d_kernel_turned},
                                   {"conv2d", "dw turned by 180 degrees", conv2d_dw_turned},
                                   {"conv2d", "dw of the last picture only", conv2d_dw_of_last_picture},
                                   {"conv2d", "db of the first pixel only", conv2d_db_of_first_pixel},
                                   {"conv2d", "what is padded at the end taken for padding in front", conv2d_extra_in_front},
                                   {"conv2d", "each group takes the channels of the one before", conv2d_group_off_by_one},
                                   {"avgpool2d", "1/s^2 is missing", avgpool2d_no_mean},
                                   {"avgpool2d", "1/s for 1/s^2", avgpool2d_one_side},
                                   {"avgpool2d", "only the window's first column gets dy", avgpool2d_left_column_only},
                                   {"avgpool2d", "where windows overlap, only the last one counts", pool2d_last_window_only},
                                   {"maxpool2d", "where windows overlap, only the last one counts", pool2d_last_window_only},
                                   {"maxpool2d", "dy shared out among the window, as by the average", maxpool2d_as_average},
                                   {"maxpool2d", "dy to the smallest pixel", maxpool2d_smallest},
                                   {"maxpool2d", "dy times the largest pixel", maxpool2d_times_value},
                                   {0}};
