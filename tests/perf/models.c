/* models.c: the models that the benchmark times. */
#include "models.h"

#include <stdlib.h>
#include <tgmath.h>

enum { TOKENS = 32, VOCAB = 4096, SIZE = 64, BERT_TOKENS = 64, BERT_VOCAB = 4096, STEPS = 32, UNITS = 256 };

real *bench_reals(size_t n)
{
    real *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)(i * 7919 % 2001) / 1000 - 1;
    }
    return x;
}

int *bench_ids(size_t n, int below)
{
    int *ids = malloc(n * sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        ids[i] = (int)(i * 7919 % (size_t)below);
    }
    return ids;
}

static void clip(Bench *b, ImageEncoder image)
{
    ClipConfig c = {.image = image,
                    .size = SIZE,
                    .embed = 128,
                    .context = TOKENS,
                    .vocab = VOCAB,
                    .text_width = 128,
                    .text_layers = 4,
                    .text_heads = 4};
    c.vit = (VitConfig){.size = SIZE, .patch = 8, .width = 128, .layers = 4, .heads = 4, .embed = 128};
    c.resnet = (ResnetConfig){.size = SIZE, .stages = 3, .width = {32, 64, 128}, .blocks = {1, 1, 1}, .embed = 128};
    b->clip = clip_init(b->params, c);
    b->x = bench_reals((size_t)b->batch * 3 * SIZE * SIZE);
    b->ids = bench_ids((size_t)b->batch * TOKENS, VOCAB);
}

static void clip_vit(Bench *b)
{
    clip(b, CLIP_VIT);
}

static void clip_resnet(Bench *b)
{
    clip(b, CLIP_RESNET);
}

static Tensor *clip_step(Graph *g, Bench *b)
{
    int *length = mm_arena(g, (size_t)b->batch * sizeof *length);
    for (int i = 0; i < b->batch; i++) {
        length[i] = TOKENS;
    }
    Tensor *image = clip_encode_image(g, &b->clip, mm_input(g, MM_SHAPE(b->batch, 3, SIZE, SIZE), b->x));
    Tensor *text = clip_encode_text(g, &b->clip, b->ids, length, b->batch, TOKENS);
    return clip_loss(g, clip_logits(g, &b->clip, image, text), 0);
}

/* Each token is to be recognised from its own state: a head over a small vocabulary, so that the encoder is what is timed. */
static void bert(Bench *b)
{
    BertConfig c = {
        .vocab = BERT_VOCAB, .width = 256, .layers = 4, .heads = 4, .intermediate = 1024, .positions = BERT_TOKENS, .types = 2};
    b->bert = mm_bert_init(b->params, "bert", c);
    b->head = mm_linear_init(b->params, "head", 256, 64, true, (Init){MM_NORMAL, (real)0.02});
    b->ids = bench_ids((size_t)b->batch * BERT_TOKENS, BERT_VOCAB);
}

static Tensor *classify(Graph *g, Bench *b, Tensor *x, int classes)
{
    int rows = (int)mm_rows(x->shape), *label = mm_arena(g, (size_t)rows * sizeof *label);
    for (int i = 0; i < rows; i++) {
        label[i] = i % classes;
    }
    Tensor *logits = mm_linear_forward(g, &b->head, mm_reshape(g, x, MM_SHAPE(rows, mm_last(x->shape))));
    return mm_cross_entropy(g, logits, label, NULL, 0);
}

static Tensor *bert_step(Graph *g, Bench *b)
{
    Tensor *x = mm_bert_embed(g, &b->bert, b->ids, NULL, b->batch, BERT_TOKENS);
    return classify(g, b, mm_bert_encode(g, &b->bert, x, NULL), 64);
}

/* Chapter 05's model at masked words: 20 tokens, of which 3 are asked for, and 4 regions. */
enum { UNITER_TOKENS = 20, REGIONS = 4, LOOKS = 64, CLASSES = 41, UNITER_VOCAB = 320, MASKED = 3 };

static void uniter(Bench *b)
{
    const BertConfig c = {
        .vocab = UNITER_VOCAB, .width = 64, .layers = 2, .heads = 4, .intermediate = 256, .positions = UNITER_TOKENS, .types = 2};
    b->uniter = uniter_init(b->params, (UniterConfig){.bert = c, .img_dim = LOOKS, .label_dim = CLASSES});
    b->ids = bench_ids((size_t)b->batch * UNITER_TOKENS, UNITER_VOCAB);
    b->x = bench_reals((size_t)b->batch * REGIONS * LOOKS);
    b->box = bench_reals((size_t)b->batch * REGIONS * UNITER_BOX);
}

static Tensor *uniter_step(Graph *g, Bench *b)
{
    int B = b->batch, *words = mm_arena(g, (size_t)B * sizeof *words), *regions = mm_arena(g, (size_t)B * sizeof *regions);
    Asked asked = {.n = B * MASKED};
    int *at = mm_arena(g, (size_t)asked.n * sizeof *at), *word = mm_arena(g, (size_t)asked.n * sizeof *word);
    for (int i = 0; i < B; i++) {
        words[i] = UNITER_TOKENS;
        regions[i] = REGIONS;
    }
    for (int i = 0; i < asked.n; i++) {
        at[i] = i / MASKED * UNITER_TOKENS + 2 + 5 * (i % MASKED);
        word[i] = i % UNITER_VOCAB;
    }
    asked.at = at;
    asked.word = word;
    const UniterBatch batch = {.B = B,
                               .T = UNITER_TOKENS,
                               .R = REGIONS,
                               .ids = b->ids,
                               .words = words,
                               .regions = regions,
                               .feat = mm_input(g, MM_SHAPE(B, REGIONS, LOOKS), b->x),
                               .box = mm_input(g, MM_SHAPE(B, REGIONS, UNITER_BOX), b->box)};
    return uniter_loss(g, &b->uniter, TASK_MLM, &batch, &asked);
}

static void lstm(Bench *b)
{
    b->rnn = mm_rnn_init(b->params, "lstm", MM_LSTM, UNITS, UNITS, 1);
    b->head = mm_linear_init(b->params, "head", UNITS, 64, true, (Init){MM_NORMAL, (real)0.02});
    b->x = bench_reals((size_t)b->batch * STEPS * UNITS);
}

static Tensor *lstm_step(Graph *g, Bench *b)
{
    Tensor *x = mm_input(g, MM_SHAPE(b->batch, STEPS, UNITS), b->x);
    return classify(g, b, mm_rnn_forward(g, &b->rnn, x, NULL), 64);
}

/* What EfficientNet consists of, on (B, 24, 32, 32): as its stages 2 to 4. */
enum { PLACES = 32, CHANNELS = 24, BLOCKS = 6 };

static void mbconv(Bench *b)
{
    static const int kernel[BLOCKS] = {3, 3, 5, 5, 3, 3}, stride[BLOCKS] = {1, 1, 2, 1, 2, 1},
                     out[BLOCKS] = {24, 24, 40, 40, 80, 80};
    for (int i = 0, in = CHANNELS; i < BLOCKS; in = out[i++]) {
        MbconvConfig c = {
            .in = in, .out = out[i], .kernel = kernel[i], .stride = stride[i], .expand = 6, .residual = in == out[i]};
        b->mbconv[i] = mm_mbconv_init(b->params, mm_name(b->params, "blocks.%d", i), c);
    }
    b->head = mm_linear_init(b->params, "head", out[BLOCKS - 1], 64, true, (Init){MM_NORMAL, (real)0.02});
    b->x = bench_reals((size_t)b->batch * CHANNELS * PLACES * PLACES);
}

static Tensor *mbconv_step(Graph *g, Bench *b)
{
    Tensor *x = mm_input(g, MM_SHAPE(b->batch, CHANNELS, PLACES, PLACES), b->x);
    for (int i = 0; i < BLOCKS; i++) {
        x = mm_mbconv_forward(g, &b->mbconv[i], x);
    }
    return classify(g, b, mm_reshape(g, mm_avgpool2d(g, x, (Pool2d){0}), MM_SHAPE(b->batch, x->shape.d[1])), 64);
}

/* EfficientNet-B0 as published, without drop-connect, which is another in every run. */
static void efficientnet(Bench *b)
{
    EfficientnetConfig c = mm_efficientnet_config(0);
    c.drop_connect = 0;
    b->efficientnet = mm_efficientnet_init(b->params, "vision_model", c);
    b->head = mm_linear_init(b->params, "head", b->efficientnet.features, 64, true, (Init){MM_NORMAL, (real)0.02});
    b->x = bench_reals((size_t)b->batch * 3 * 224 * 224);
}

static Tensor *efficientnet_step(Graph *g, Bench *b)
{
    Tensor *pixels = mm_input(g, MM_SHAPE(b->batch, 3, 224, 224), b->x);
    return classify(g, b, mm_efficientnet_forward(g, &b->efficientnet, pixels), 64);
}

static void vit_b32(Bench *b)
{
    b->vit = mm_vit_init(b->params, "visual",
                         (VitConfig){.size = 224, .patch = 32, .width = 768, .layers = 12, .heads = 12, .embed = 512});
    b->x = bench_reals((size_t)b->batch * 3 * 224 * 224);
}

static Tensor *vit_forward(Graph *g, Bench *b)
{
    return mm_vit_forward(g, &b->vit, mm_input(g, MM_SHAPE(b->batch, 3, 224, 224), b->x));
}

const BenchModel bench_models[] = {
    {"clip-vit", "CLIP: ViT of width 128, 4 layers, patch 8, 64 x 64; 4 layers of text, 32 tokens", 128, false, clip_vit,
     clip_step},
    {"clip-resnet", "the same with a ResNet of 32, 64, 128 channels", 128, false, clip_resnet, clip_step},
    {"bert", "BERT encoder of width 256, 4 layers, 64 tokens", 32, false, bert, bert_step},
    {"uniter", "chapter 05's UNITER of width 64, 2 layers, 20 tokens and 4 regions, masked words", 32, false, uniter,
     uniter_step},
    {"lstm", "LSTM of 256 units, 32 steps", 64, false, lstm, lstm_step},
    {"mbconv", "six MBConv blocks of EfficientNet, 24 to 80 channels, 32 x 32", 32, false, mbconv, mbconv_step},
    {"efficientnet-b0", "EfficientNet-B0, the image tower of ALIGN made small, 224 x 224", 8, false, efficientnet,
     efficientnet_step},
    {"vit-b32", "ViT-B/32 of CLIP, inference", 8, true, vit_b32, vit_forward},
    {0},
};
