/* propose.c: see propose.h. */
#include "propose.h"
#include "io/memory.h"

#include <math.h>

enum { LONGEST = 256, BORDER = 2, PIECES = 1024 };
static const double apart = 20, smallest = 0.0015, overlap = 0.4,
                    fullest = 0.6; /* grey levels; parts of the picture or of a box */

typedef struct Box {
    int left, top, right, bottom, pixels;
} Box;

/* ---- ground ---- */

static double mean_of(const Picture *p, int x, int y, int dx, int dy, int c)
{
    double sum = 0;
    for (int i = 0; i < BORDER; i++) {
        sum += p->pixels[((y + i * dy) * p->width + x + i * dx) * 3 + c];
    }
    return sum / BORDER;
}

/* How far a pixel is from the even steps of colour between the two ends of its row (or column), in the channel where it is farthest. */
static double off_line(const Picture *p, int x, int y, bool row)
{
    double worst = 0, along = row ? (x + 0.5) / p->width : (y + 0.5) / p->height;
    for (int c = 0; c < 3; c++) {
        double from = row ? mean_of(p, 0, y, 1, 0, c) : mean_of(p, x, 0, 0, 1, c);
        double to = row ? mean_of(p, p->width - 1, y, -1, 0, c) : mean_of(p, x, p->height - 1, 0, -1, c);
        worst = fmax(worst, fabs(p->pixels[(y * p->width + x) * 3 + c] - from - along * (to - from)));
    }
    return worst;
}

/* ---- pieces ---- */

/* Takes the piece that pixel `at` is of out of the mask. */
static Box take_piece(bool *mask, int width, int height, int at, int *stack)
{
    Box b = {at % width, at / width, at % width + 1, at / width + 1, 0};
    int n = 0;
    stack[n++] = at;
    mask[at] = false;
    while (n > 0) {
        int x = stack[--n] % width, y = stack[n] / width;
        b.left = x < b.left ? x : b.left;
        b.right = x + 1 > b.right ? x + 1 : b.right;
        b.top = y < b.top ? y : b.top;
        b.bottom = y + 1 > b.bottom ? y + 1 : b.bottom;
        b.pixels++;
        for (int k = 0; k < 9; k++) {
            int nx = x + k % 3 - 1, ny = y + k / 3 - 1;
            if (nx >= 0 && ny >= 0 && nx < width && ny < height && mask[ny * width + nx]) {
                mask[ny * width + nx] = false;
                stack[n++] = ny * width + nx;
            }
        }
    }
    return b;
}

static int area(Box b)
{
    return b.right > b.left && b.bottom > b.top ? (b.right - b.left) * (b.bottom - b.top) : 0;
}

static bool are_one(Box a, Box b)
{
    const Box both = {a.left > b.left ? a.left : b.left, a.top > b.top ? a.top : b.top, a.right < b.right ? a.right : b.right,
                      a.bottom < b.bottom ? a.bottom : b.bottom, 0};
    return area(both) > overlap * (area(a) < area(b) ? area(a) : area(b));
}

static Box join(Box a, Box b)
{
    return (Box){a.left < b.left ? a.left : b.left, a.top < b.top ? a.top : b.top, a.right > b.right ? a.right : b.right,
                 a.bottom > b.bottom ? a.bottom : b.bottom, a.pixels + b.pixels};
}

/* Joins what overlaps until nothing does; returns how many are left. */
static int join_all(Box *b, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = i + 1; k < n; k++) {
            if (are_one(b[i], b[k])) {
                b[i] = join(b[i], b[k]);
                b[k] = b[--n];
                i = -1; /* the larger box may reach others */
                break;
            }
        }
    }
    return n;
}

static int larger(const void *a, const void *b)
{
    const Box *x = a, *y = b;
    return (area(*x) < area(*y)) - (area(*x) > area(*y));
}

/* What stands out: boxes (PIECES), the largest first. Returns how many; -1: too much stands out for the rest to be ground. */
static int find_pieces(const Picture *p, Box *b)
{
    int n = 0, size = p->width * p->height, out = 0, *stack = mm_take((size_t)size, sizeof *stack);
    bool *mask = mm_take((size_t)size, sizeof *mask);
    for (int i = 0; i < size; i++) {
        int x = i % p->width, y = i / p->width;
        mask[i] = off_line(p, x, y, true) > apart && off_line(p, x, y, false) > apart;
        out += mask[i];
    }
    for (int i = 0; i < size && n < PIECES; i++) {
        if (mask[i]) {
            b[n] = take_piece(mask, p->width, p->height, i, stack);
            n += b[n].pixels > smallest * size;
        }
    }
    free(stack);
    free(mask);
    n = join_all(b, n);
    qsort(b, (size_t)n, sizeof *b, larger);
    return out > fullest * size ? -1 : n;
}

/* ---- all ---- */

static Proposals grid(const Picture *p)
{
    Proposals r = {.n = PROPOSAL_GRID * PROPOSAL_GRID};
    for (int i = 0; i < r.n; i++) {
        for (int k = 0; k < 4; k++) {
            int cell = (k % 2 ? i / PROPOSAL_GRID : i % PROPOSAL_GRID) + k / 2;
            r.corner[i][k] = (double)cell / PROPOSAL_GRID * (k % 2 ? p->height : p->width);
        }
    }
    return r;
}

Proposals propose_regions(const Picture *p)
{
    if (p->width < 2 * BORDER || p->height < 2 * BORDER) {
        return grid(p);
    }
    int longest = p->width > p->height ? p->width : p->height, room = longest > LONGEST ? LONGEST : longest;
    int width = p->width * room / longest, height = p->height * room / longest;
    Picture rgb = mm_picture_flatten(p, mm_white),
            small = mm_picture_resize(&rgb, width > 2 * BORDER ? width : 2 * BORDER, height > 2 * BORDER ? height : 2 * BORDER,
                                      MM_BILINEAR);
    Box *b = mm_take(PIECES, sizeof *b);
    int n = find_pieces(&small, b);
    Proposals r = {.n = n < PROPOSALS_MOST ? n : PROPOSALS_MOST, .plain = n > 0};
    for (int i = 0; i < r.n; i++) {
        const int at[4] = {b[i].left, b[i].top, b[i].right, b[i].bottom};
        for (int k = 0; k < 4; k++) {
            r.corner[i][k] = (double)at[k] * (k % 2 ? p->height : p->width) / (k % 2 ? small.height : small.width);
        }
    }
    free(b);
    mm_picture_free(&small);
    mm_picture_free(&rgb);
    return r.plain ? r : grid(p);
}
