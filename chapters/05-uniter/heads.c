/* heads.c: see heads.h. After the official model/vqa.py, model/ve.py, model/itm.py and model/re.py. */
#include "heads.h"

#include <string.h>

VqaHead vqa_init(Params *ps, const char *name, const UniterConfig *c, int answers)
{
    int width = c->bert.width;
    return (VqaHead){.name = mm_name(ps, "%s", name),
                     .dense = mm_bert_linear_init(ps, mm_name(ps, "%s.0", name), &c->bert, width, 2 * width),
                     .norm = mm_layernorm_init(ps, mm_name(ps, "%s.2", name), 2 * width),
                     .output = mm_bert_linear_init(ps, mm_name(ps, "%s.3", name), &c->bert, 2 * width, answers)};
}

Tensor *vqa_logits(Graph *g, const Uniter *u, const VqaHead *head, Tensor *hidden)
{
    Tensor *pooled = mm_bert_pool(g, &u->bert, hidden); /* (B, width) */
    mm_push(g, head->name);
    Tensor *x = mm_bert_norm(g, &head->norm, mm_gelu(g, mm_linear_forward(g, &head->dense, pooled))); /* (B, 2 width) */
    Tensor *y = mm_linear_forward(g, &head->output, x);                                               /* (B, answers) */
    mm_pop(g);
    return y;
}

/* The official code takes the mean over everything, times the number of answers. */
Tensor *vqa_loss(Graph *g, Tensor *logits, const real *targets)
{
    return mm_affine(g, mm_bce_with_logits(g, logits, targets), (real)mm_last(logits->shape), 0);
}

RankHead rank_init(Params *ps, const Uniter *u)
{
    int width = u->config.bert.width;
    RankHead head = {mm_bert_linear_init(ps, "rank_output", &u->config.bert, width, 1)};
    memcpy(head.output.weight->data, u->itm_output.weight->data + width, (size_t)width * sizeof(real)); /* row 1: yes */
    head.output.bias->data[0] = u->itm_output.bias->data[1];
    return head;
}

Tensor *rank_scores(Graph *g, const Uniter *u, const RankHead *head, Tensor *hidden)
{
    Tensor *pooled = mm_bert_pool(g, &u->bert, hidden); /* (B, width) */
    mm_push(g, "rank_output");
    Tensor *y = mm_reshape(g, mm_linear_forward(g, &head->output, pooled), MM_SHAPE(hidden->shape.d[0]));
    mm_pop(g);
    return y;
}

Tensor *rank_loss(Graph *g, Tensor *scores, int k, real margin)
{
    int n = (int)scores->n;
    if (k < 2 || n % k != 0) {
        mm_fail(mm_graph_handler(g), "rank_loss: %d scores are no groups of %d, a pair and others", n, k);
    }
    Tensor *s = mm_sigmoid(g, mm_reshape(g, scores, MM_SHAPE(n / k, k)));
    Tensor *lead = mm_sub(g, mm_slice(g, s, 1, 1, k - 1), mm_slice(g, s, 1, 0, 1)); /* (groups, k - 1) */
    return mm_mean(g, mm_relu(g, mm_affine(g, lead, 1, margin)), MM_ALL);
}

void hardest(const real *score, int n, int keep, int *which)
{
    for (int kept = 0; kept < keep && kept < n; kept++) {
        int best = -1;
        for (int i = 0; i < n; i++) {
            bool taken = false;
            for (int j = 0; j < kept; j++) {
                taken = taken || which[j] == i;
            }
            best = !taken && (best < 0 || score[i] > score[best]) ? i : best;
        }
        which[kept] = best;
    }
}

ReferHead refer_init(Params *ps, const UniterConfig *c)
{
    return (ReferHead){mm_bert_linear_init(ps, "re_output", &c->bert, c->bert.width, 1)};
}

Tensor *refer_scores(Graph *g, const ReferHead *head, const UniterBatch *b, Tensor *hidden)
{
    int L = hidden->shape.d[1], n = b->B * b->R, *row = mm_arena(g, (size_t)n * sizeof *row);
    Tensor *absent = mm_input(g, MM_SHAPE(b->B, b->R), NULL);
    for (int i = 0; i < n; i++) { /* padding points at the example's first row, and is hidden */
        int example = i / b->R, region = i % b->R;
        bool there = region < b->regions[example];
        row[i] = there ? uniter_region_row(b, L, example, region) : example * L;
        absent->data[i] = there ? 0 : -10000;
    }
    mm_push(g, "re_output");
    Tensor *y = mm_linear_forward(g, &head->output, uniter_rows(g, hidden, row, n)); /* (B R, 1) */
    y = mm_add(g, mm_reshape(g, y, absent->shape), absent);
    mm_pop(g);
    return y;
}
