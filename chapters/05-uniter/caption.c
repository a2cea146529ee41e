/* caption.c: see caption.h. With M the hidden states of the picture and w_1 … w_t the words so far,
 *
 *     p(w_{t+1}) = softmax(words(decoder([w_1 … w_t], M)_t))      Transformer
 *     p(w_{t+1}) = softmax(words(LSTM([pool(M), w_1 … w_t])_t+1)) LSTM
 *
 * with `words` UNITER's head for masked words. */
#include "caption.h"

#include <math.h>
#include <string.h>

const char *const decoder_name[DECODERS + 1] = {"transformer", "lstm", NULL};

CaptionHead caption_init(Params *ps, const UniterConfig *c, DecoderKind kind)
{
    CaptionHead head = {.kind = kind};
    int width = c->bert.width;
    if (kind == TRANSFORMER_DECODER) {
        const DecoderConfig decoder = {
            .width = width, .layers = c->bert.layers, .heads = c->bert.heads, .feedforward = c->bert.intermediate};
        head.decoder = mm_decoder_init(ps, "caption_decoder", decoder);
    } else {
        head.rnn = mm_rnn_init(ps, "caption_lstm", MM_LSTM, width, width, c->bert.layers);
    }
    return head;
}

Memory caption_memory(Graph *g, const Uniter *u, const UniterBatch *b)
{
    int *length = mm_arena(g, (size_t)b->B * sizeof *length);
    for (int i = 0; i < b->B; i++) {
        length[i] = b->words[i] + b->regions[i];
    }
    const UniterStates s = uniter_states(g, u, b);
    return (Memory){mm_add(g, s.hidden, s.embedded), length};
}

/* The states of the LSTM after each word; the picture is what it reads before the first. */
static Tensor *after_words(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, Tensor *x)
{
    int B = x->shape.d[0], T = x->shape.d[1], width = x->shape.d[2];
    Tensor *picture = mm_reshape(g, mm_bert_pool(g, &u->bert, m.hidden), MM_SHAPE(B, 1, width));
    Tensor *states = mm_rnn_forward(g, &head->rnn, mm_concat(g, 2, (Tensor *[]){picture, x}, 1), NULL); /* (B, 1 + T, width) */
    return mm_slice(g, states, 1, 1, T);
}

Tensor *caption_logits(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, const int *ids, int T)
{
    int B = m.hidden->shape.d[0], L = m.hidden->shape.d[1], width = m.hidden->shape.d[2];
    Tensor *x = mm_bert_embed(g, &u->bert, ids, NULL, B, T), *y; /* (B, T, width) */
    if (head->kind == TRANSFORMER_DECODER) {
        y = mm_decoder_forward(g, &head->decoder, x, m.hidden, mm_padding_mask(g, m.length, B, L, -INFINITY));
    } else {
        y = after_words(g, u, head, m, x);
    }
    Tensor *logits = uniter_word_logits(g, u, mm_reshape(g, y, MM_SHAPE(B * T, width)));
    return mm_reshape(g, logits, MM_SHAPE(B, T, mm_last(logits->shape)));
}

Tensor *caption_loss(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, const int *ids, const int *words, int T)
{
    int B = m.hidden->shape.d[0], n = 0;
    int *at = mm_arena(g, (size_t)(B * T) * sizeof *at), *next = mm_arena(g, (size_t)(B * T) * sizeof *next);
    for (int i = 0; i < B * T; i++) {
        if (i % T < words[i / T] - 1) {
            at[n] = i;
            next[n++] = ids[i + 1];
        }
    }
    Tensor *logits = uniter_rows(g, caption_logits(g, u, head, m, ids, T), at, n); /* (n, vocab) */
    return mm_named(mm_cross_entropy(g, logits, next, NULL, 0), "caption");
}

/* ---- writing ---- */

typedef struct Writing {
    Graph *g;
    const Uniter *u;
    const CaptionHead *head;
    Memory memory; /* of one picture */
} Writing;

/* The memory of one picture n times. */
static Memory repeat(Graph *g, Memory m, int n)
{
    int L = m.hidden->shape.d[1], width = m.hidden->shape.d[2], *length = mm_arena(g, (size_t)n * sizeof *length);
    Tensor *hidden = mm_input(g, MM_SHAPE(n, L, width), NULL);
    for (int i = 0; i < n; i++) {
        memcpy(hidden->data + i * L * width, m.hidden->data, (size_t)(L * width) * sizeof(real));
        length[i] = m.length[0];
    }
    return (Memory){hidden, length};
}

static void next_words(void *context, const int *prefix, int n, int length, int stride, real *log_p)
{
    const Writing *w = context;
    int *ids = mm_arena(w->g, (size_t)(n * length) * sizeof *ids), vocab = w->u->config.bert.vocab;
    for (int i = 0; i < n; i++) {
        memcpy(ids + i * length, prefix + i * stride, (size_t)length * sizeof *ids);
    }
    Tensor *logits = caption_logits(w->g, w->u, w->head, repeat(w->g, w->memory, n), ids, length); /* (n, length, vocab) */
    Tensor *last = mm_slice(w->g, logits, 1, length - 1, 1);
    memcpy(log_p, mm_log_softmax(w->g, last)->data, (size_t)(n * vocab) * sizeof *log_p);
}

int caption_write(Graph *g, const Uniter *u, const CaptionHead *head, Memory m, BeamOptions o, int *tokens, double *score)
{
    Writing w = {g, u, head, m};
    return beam_search(next_words, &w, o, tokens, score);
}
