/* fashion_train.c: the training of `clip fashion`. */
#include "fashion.h"
#include "io/memory.h"
#include "lesson.h"

enum { BATCH = 128, PARTIAL = 32 }; /* pictures, each with its text; texts of a kind or a colour alone */
static const double highest_lr = 2e-3;

/* A picture looks for its text; a text for every picture of which it is true. */
static Tensor *language_loss(Graph *g, const Clip *clip, const Lesson *b, Tensor *image, int l)
{
    Tensor *text = clip_encode_text(g, clip, b->ids[l], b->length[l], b->texts, b->T[l]);
    Tensor *logits = clip_logits(g, clip, image, text); /* (n, texts) */
    Tensor *pictures = mm_add(g, mm_slice(g, logits, 1, 0, b->n), mm_input(g, MM_SHAPE(b->n, b->n), b->picture_apart));
    Tensor *texts = mm_add(g, mm_permute(g, logits, (int[]){1, 0}), mm_input(g, MM_SHAPE(b->texts, b->n), b->text_apart));
    return mm_add(g, clip_loss_one_way(g, pictures, b->picture_fits, 0), clip_loss_one_way(g, texts, b->text_fits, 0));
}

static Tensor *forward(Graph *g, const Clip *clip, const Lesson *b)
{
    Tensor *image = clip_encode_image(g, clip, mm_input(g, MM_SHAPE(b->n, 3, LESSON_SIZE, LESSON_SIZE), b->pixels));
    Tensor *sum = mm_add(g, language_loss(g, clip, b, image, EN), language_loss(g, clip, b, image, ZH));
    return mm_affine(g, sum, (real)0.25, 0);
}

static ClipConfig config(int vocab)
{
    ClipConfig c = {
        .image = CLIP_RESNET, .size = LESSON_SIZE, .embed = 64, .context = LESSON_CONTEXT, .vocab = vocab, .text_width = 64};
    c.text_layers = 1;
    c.text_heads = 2;
    c.resnet = (ResnetConfig){.size = LESSON_SIZE, .stages = 3, .width = {32, 64, 128}, .blocks = {0, 0, 0}, .embed = c.embed};
    return c;
}

static bool loop(const Lessons *lessons, uint64_t seed, int steps, ClipModel *m, Error *err)
{
    OptimizerConfig adamw = {&mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.1};
    Optimizer *opt = mm_optimizer_new(m->params, adamw);
    Lesson b = lesson_new(BATCH, lessons->plain ? 0 : PARTIAL);
    Graph *g = mm_graph_new(seed);
    Progress bar = mm_progress(steps, 0);
    double recent = 0;
    for (int s = 0; s < steps && !mm_interrupted(); s++) {
        lesson_draw(lessons, seed, s, &b);
        Tensor *loss = forward(g, &m->clip, &b);
        mm_backward(g, loss);
        mm_clip_grad_norm(m->params, 1);
        mm_optimizer_step(opt, (real)highest_lr * mm_warmup_cosine(s, steps / 10, steps));
        clip_clamp(&m->clip);
        recent += ((double)loss->data[0] - recent) / (s < 20 ? s + 1 : 20);
        mm_graph_reset(g);
        mm_progress_show(&bar, s + 1, "loss %.3f", recent);
    }
    mm_progress_end(&bar);
    mm_graph_free(g);
    lesson_free(&b);
    return !mm_interrupted() || mm_error(err, "stopped; nothing was kept");
}

bool fashion_train(const Garments *train, uint64_t seed, int steps, bool plain, ClipModel *m, Error *err)
{
    Lessons lessons = {0};
    *m = (ClipModel){.tokenizer = lessons_learn_tokens(train, err)};
    bool ok = m->tokenizer && lessons_make(train, m->tokenizer, &lessons, err);
    if (ok) {
        m->params = mm_params_new(seed);
        m->clip = clip_init(m->params, config(mm_vocab_size(m->tokenizer)));
        lessons.plain = plain;
        lessons.input = &m->clip.config.input;
        ok = loop(&lessons, seed, steps, m, err);
    }
    lessons_free(&lessons);
    if (!ok) {
        clip_model_free(m);
    }
    return ok;
}
