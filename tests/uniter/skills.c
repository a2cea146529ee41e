/* skills.c: what fine-tuning learns from and by: statements that are true, false and open; the gradient of each skill's loss, from the loss to
 * every weight; captions that do not look ahead; a folder with heads; what is refused. On scenes that look like noise. */
#include "skills.h"
#include "../io/scratch.h"
#include "mm/inspect.h"
#include "tiny.h"
#include "tune.h"

#include <math.h>

enum { SCENES = 12, DIM = 5, LABELS = 3, N = 8 };

typedef struct World {
    Cutouts c;
    Wordpiece *w;
    Lessons l;
    Tuned t;
    Skill skill;
} World;

static void draw(real *x, size_t n, Rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)mm_normal(rng);
    }
}

/* The scenes of training, seen by nobody: features are noise. */
static Scenes noisy(const Cutouts *c)
{
    Rng rng = mm_rng(3, "noise");
    size_t per = DIM + UNITER_BOX + LABELS;
    Scenes s = {.item = calloc(SCENES, sizeof *s.item),
                .scene = calloc(SCENES, sizeof *s.scene),
                .ids = calloc(1, 1),
                .named = calloc(1, 1),
                .kind = calloc(SCENES * MM_SCENE_OBJECTS, sizeof(int)),
                .numbers = calloc(SCENES * MM_SCENE_OBJECTS * per, sizeof(real))};
    s.set = (ItemSet){s.item, SCENES, DIM, LABELS};
    draw(s.numbers, SCENES * MM_SCENE_OBJECTS * per, &rng);
    for (int i = 0; i < SCENES; i++) {
        Scene scene = mm_scene_new(c, MM_SCENE_TRAIN, mm_scene_rng(1, MM_SCENE_TRAIN, i));
        real *own = s.numbers + (size_t)i * MM_SCENE_OBJECTS * per;
        s.item[i] = (Item){.regions = scene.n,
                           .picture = i,
                           .kind = s.kind + i * MM_SCENE_OBJECTS,
                           .feat = own,
                           .box = own + MM_SCENE_OBJECTS * DIM,
                           .soft = own + MM_SCENE_OBJECTS * (DIM + UNITER_BOX)};
        for (int r = 0; r < scene.n; r++) {
            s.item[i].kind[r] = scene.object[r].kind;
        }
        mm_scene_free(&scene);
        s.scene[i] = scene;
    }
    return s;
}

static World *begin(DecoderKind decoder)
{
    Error err;
    World *x = calloc(1, sizeof *x);
    assert_true(mm_cutouts_load("datasets", &x->c, &err));
    x->w = scenes_vocabulary(&x->c, 1, 60, MM_ENGLISH, &err);
    assert_true(lessons_make(MM_SCENE_TRAIN, 1, MM_ENGLISH, x->w, noisy(&x->c), &x->l, &err));
    x->t.m = tiny(x->w, 2, DIM, LABELS);
    tuned_add_vqa(&x->t, lessons_answers(&x->l, 2));
    tuned_add_caption(&x->t, decoder);
    tuned_add(&x->t, SKILL_RANK);
    tuned_add(&x->t, SKILL_REFER);
    tuned_add(&x->t, SKILL_ENTAIL);
    lessons_said(&x->l, &x->t.answers);
    draw_params(x->t.m.params);
    return x;
}

static void end(World *x)
{
    lessons_free(&x->l);
    tuned_free(&x->t); /* and the vocabulary */
    mm_cutouts_free(&x->c);
    free(x);
}

static char *text_of(const World *x, const Item *item)
{
    return mm_wordpiece_decode(x->w, item->ids, item->words);
}

/* Whether a text can be said of facts, in any form. */
static bool holds(const char *text, const SceneFacts *f)
{
    bool found = false;
    for (int k = 0; k < MM_SCENE_CAPTIONS; k++) {
        found = found || strcmp(text, mm_scene_caption(f, MM_ENGLISH, k).text) == 0;
    }
    return found;
}

static void statements(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER);
    const Examples *e = &x->l.of[SKILL_ENTAIL];
    int part[VERDICTS] = {0};
    assert_int_equal(e->set.n, SCENES * STATEMENTS);
    for (int i = 0; i < e->set.n; i++) {
        const Item *item = &e->set.item[i];
        const SceneFacts *f = &x->l.scenes.scene[item->picture].facts;
        char *text = text_of(x, item);
        bool whole = item->regions == f->count[0] + f->count[1];
        assert_true(holds(text, f) == (e->label[i] != CONTRADICTS));
        assert_true(whole || item->regions == f->count[item->kind[0]]);
        for (int r = 0; !whole && r < item->regions; r++) {
            assert_int_equal(item->kind[r], item->kind[0]);
        }
        part[e->label[i]] += !whole;
        free(text);
    }
    assert_true(part[FOLLOWS] == 0 && part[OPEN] == SCENES && part[CONTRADICTS] > 0 && part[CONTRADICTS] < SCENES);
    end(x);
}

static void lessons(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER);
    const Examples *meant = &x->l.of[SKILL_REFER];
    assert_int_equal(x->l.of[SKILL_VQA].set.n, SCENES * MM_SCENE_QUESTIONS);
    assert_int_equal(x->l.of[SKILL_CAPTION].set.n, SCENES * MM_SCENE_CAPTIONS);
    for (int i = 0; i < x->l.questions; i++) { /* the best answer has the highest target, if it is one of those chosen from */
        const int *said = x->l.said + i * MM_VQA_PEOPLE;
        int answers = x->t.answers.n, best = -1;
        real target[64];
        assert_true(answers <= 64);
        mm_vqa_targets(said, answers, target);
        for (int k = 0; k < answers; k++) {
            best = strcmp(x->t.answers.at[k], x->l.asked[i].best) == 0 ? k : best;
        }
        for (int k = 0; best >= 0 && k < answers; k++) {
            assert_true(target[k] <= target[best]);
        }
    }
    for (int i = 0; i < meant->set.n; i++) {
        const Item *item = &meant->set.item[i];
        char *text = text_of(x, item);
        Scene scene = mm_scene_new(&x->c, MM_SCENE_TRAIN, mm_scene_rng(1, MM_SCENE_TRAIN, item->picture));
        char want[MM_SCENE_TEXT];
        assert_true(mm_scene_refer(&scene, meant->label[i], MM_ENGLISH, want));
        assert_string_equal(text, want);
        mm_scene_free(&scene);
        free(text);
    }
    end(x);
}

static void hidden(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER);
    static const int pick[] = {3, 9};
    Graph *g = mm_graph_new(1);
    const ItemSet *set = &x->l.of[SKILL_VQA].set;
    const UniterBatch all = lessons_batch(set, pick, 2, HIDE_NOTHING, g), words = lessons_batch(set, pick, 2, HIDE_WORDS, g),
                      regions = lessons_batch(set, pick, 2, HIDE_REGIONS, g);
    for (int i = 0; i < 2; i++) {
        assert_true(all.words[i] == set->item[pick[i]].words && all.regions[i] == set->item[pick[i]].regions);
        assert_true(words.words[i] == 2 && words.regions[i] == all.regions[i]);
        assert_int_equal(words.ids[2 * i], mm_wordpiece_find(x->w, "[CLS]"));
        assert_int_equal(words.ids[2 * i + 1], mm_wordpiece_find(x->w, "[SEP]"));
        assert_true(regions.words[i] == all.words[i] && regions.regions[i] == 0);
    }
    mm_graph_free(g);
    end(x);
}

/* ---- losses ---- */

static Tensor *loss_of(Graph *g, void *world)
{
    const World *x = world;
    Rng rng = mm_rng(5, "others");
    int pick[N];
    for (int i = 0; i < N; i++) {
        pick[i] = i * 3;
    }
    return skill_loss(g, &x->t, x->skill, &x->l, pick, N, HIDE_NOTHING, &rng);
}

static void gradients(void **state)
{
    (void)state;
    for (int d = 0; d < DECODERS; d++) {
        World *x = begin((DecoderKind)d);
        for (int s = 0; s < SKILLS; s++) {
            ModelCheck worst;
            x->skill = (Skill)s;
            if (!mm_modelcheck(x->t.m.params, loss_of, x, 4, 1e-6, &worst)) {
                fail_msg("%s, %s: %s", skill_name[s], decoder_name[d], worst.text);
            }
            assert_true(isfinite(worst.loss) && worst.loss > 0);
        }
        end(x);
    }
}

/* What is written so far decides, not what comes; and of two pictures in a batch each only its own. */
static void no_looking_ahead(void **state)
{
    (void)state;
    static const int pick[] = {0, 7};
    for (int d = 0; d < DECODERS; d++) {
        World *x = begin((DecoderKind)d);
        Graph *g = mm_graph_new(1);
        const ItemSet *set = &x->l.of[SKILL_CAPTION].set;
        const UniterBatch both = lessons_batch(set, pick, 2, HIDE_WORDS, g), one = lessons_batch(set, pick, 1, HIDE_WORDS, g);
        int ids[2][6] = {{2, 10, 11, 12, 13, 14}, {2, 20, 21, 22, 23, 24}}, V = mm_wordpiece_size(x->w);
        const Uniter *u = &x->t.m.uniter;
        const Tensor *before = caption_logits(g, u, &x->t.caption, caption_memory(g, u, &both), ids[0], 6);
        const Tensor *alone = caption_logits(g, u, &x->t.caption, caption_memory(g, u, &one), ids[0], 6);
        ids[0][4] = 30;
        const Tensor *after = caption_logits(g, u, &x->t.caption, caption_memory(g, u, &both), ids[0], 6);
        double early = 0, late = 0, batch = 0;
        for (int i = 0; i < 6 * V; i++) {
            double moved = fabs((double)(before->data[i] - after->data[i]));
            early = fmax(early, i / V < 4 ? moved : 0);
            late = fmax(late, i / V < 4 ? 0 : moved);
            batch = fmax(batch, fabs((double)(before->data[i] - alone->data[i])));
        }
        assert_true(early == 0 && late > 1e-3 && batch < 1e-12);
        mm_graph_free(g);
        end(x);
    }
}

/* Teacher forcing by hand: the mean of -ln p of each next word up to [SEP]; neither of the words themselves nor of padding. */
static void teacher_forcing(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER);
    static const int pick[] = {0, 8};
    Graph *g = mm_graph_new(1);
    const ItemSet *set = &x->l.of[SKILL_CAPTION].set;
    const UniterBatch told = lessons_batch(set, pick, 2, HIDE_NOTHING, g), shown = lessons_batch(set, pick, 2, HIDE_WORDS, g);
    const Uniter *u = &x->t.m.uniter;
    const Memory m = caption_memory(g, u, &shown);
    const Tensor *p = mm_log_softmax(g, caption_logits(g, u, &x->t.caption, m, told.ids, told.T));
    double sum[3] = {0}, n = 0;
    for (int i = 0; i < 2; i++) {
        assert_true(told.words[0] != told.words[1]); /* one is padded */
        for (int t = 0; t < told.words[i] - 1; t++, n++) {
            const real *row = p->data + (i * told.T + t) * mm_last(p->shape);
            sum[0] -= (double)row[told.ids[i * told.T + t + 1]];
            sum[1] -= (double)row[told.ids[i * told.T + t]]; /* the word itself */
        }
    }
    double loss = (double)caption_loss(g, u, &x->t.caption, m, told.ids, told.words, told.T)->data[0];
    assert_true(fabs(loss - sum[0] / n) < 1e-10 && fabs(loss - sum[1] / n) > 1e-3);
    mm_graph_free(g);
    end(x);
}

/* Greedy writing is the likeliest next word each time. */
static void greedy(void **state)
{
    (void)state;
    for (int d = 0; d < DECODERS; d++) {
        World *x = begin((DecoderKind)d);
        static const int pick = 4;
        Graph *g = mm_graph_new(1);
        const UniterBatch b = lessons_batch(&x->l.of[SKILL_CAPTION].set, &pick, 1, HIDE_WORDS, g);
        const Uniter *u = &x->t.m.uniter;
        const Memory m = caption_memory(g, u, &b);
        const int V = mm_wordpiece_size(x->w), end_token = b.ids[1];
        int ids[8] = {b.ids[0]}, tokens[8], n = 1;
        double score, ln_p = 0;
        for (; n < 8 && ids[n - 1] != end_token; n++) {
            const Tensor *p = mm_log_softmax(g, caption_logits(g, u, &x->t.caption, m, ids, n));
            const real *row = p->data + (n - 1) * V;
            for (int v = 0; v < V; v++) {
                bool allowed = n > 1 || v != end_token;
                ids[n] = allowed && row[v] > row[ids[n]] ? v : ids[n];
            }
            ln_p += (double)row[ids[n]];
        }
        const BeamOptions o = {
            .first = ids[0], .end = end_token, .vocab = V, .width = 1, .least = 1, .most = 7, .length_penalty = 1};
        int length = caption_write(g, u, &x->t.caption, m, o, tokens, &score);
        assert_int_equal(length, n);
        assert_memory_equal(tokens, ids, (size_t)n * sizeof *ids);
        assert_true(fabs(score - ln_p / (n - 1)) < 1e-10);
        mm_graph_free(g);
        end(x);
    }
}

/* Padding is no region, however good it would be. */
static void refer_padding(void **state)
{
    (void)state;
    World *x = begin(TRANSFORMER_DECODER);
    Graph *g = mm_graph_new(1);
    const ItemSet *set = &x->l.of[SKILL_REFER].set;
    int pick[2] = {0, 0};
    for (int i = 0; i < set->n; i++) {
        pick[0] = set->item[i].regions < set->item[pick[0]].regions ? i : pick[0];
        pick[1] = set->item[i].regions > set->item[pick[1]].regions ? i : pick[1];
    }
    const UniterBatch both = lessons_batch(set, pick, 2, HIDE_NOTHING, g), one = lessons_batch(set, pick, 1, HIDE_NOTHING, g);
    const Tensor *s = refer_scores(g, &x->t.refer, &both, uniter_encode(g, &x->t.m.uniter, &both));
    const Tensor *alone = refer_scores(g, &x->t.refer, &one, uniter_encode(g, &x->t.m.uniter, &one));
    assert_true(both.regions[0] < both.R && both.regions[1] == both.R);
    for (int r = 0; r < both.R; r++) {
        assert_true(r < both.regions[0] ? fabs((double)(s->data[r] - alone->data[r])) < 1e-12 : s->data[r] < -9000);
    }
    mm_graph_free(g);
    end(x);
}

/* ---- folders ---- */

static void folders(void **state)
{
    (void)state;
    Error err;
    World *x = begin(LSTM_DECODER);
    Tuned back, plain;
    UniterModel m;
    assert_true(tuned_save(&x->t, scratch("tuned"), &err));
    if (!tuned_load(scratch("tuned"), &back, &err)) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(back.caption.kind, LSTM_DECODER);
    assert_int_equal(back.answers.n, x->t.answers.n);
    for (int i = 0; i < back.answers.n; i++) {
        assert_string_equal(back.answers.at[i], x->t.answers.at[i]);
    }
    assert_int_equal(mm_params_count(back.m.params), mm_params_count(x->t.m.params));
    for (int i = 0; i < mm_params_count(back.m.params); i++) {
        const Tensor *p = mm_params_at(back.m.params, i), *q = mm_params_find(x->t.m.params, p->name);
        for (size_t k = 0; k < p->n; k++) {
            assert_true((float)p->data[k] == (float)q->data[k]);
        }
    }
    assert_true(uniter_folder_load(scratch("tuned"), &m, &err)); /* the heads are passed over */
    assert_true(uniter_folder_save(&m, scratch("plain"), &err));
    assert_true(tuned_load(scratch("plain"), &plain, &err));
    for (int s = 0; s < SKILLS; s++) {
        assert_true(back.has[s] && !plain.has[s]);
    }
    tuned_free(&plain);
    assert_true(tuned_start(scratch("tuned"), false, 7, &plain, &err));
    assert_true(plain.m.uniter.itm_output.weight->data[3] == m.uniter.itm_output.weight->data[3]);
    tuned_free(&plain);
    assert_true(tuned_start(scratch("tuned"), true, 7, &plain, &err));
    assert_true(plain.m.uniter.itm_output.weight->data[3] != m.uniter.itm_output.weight->data[3]);
    tuned_free(&plain);
    uniter_model_free(&m);
    tuned_free(&back);
    end(x);
}

static void bad_folders(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } bad[] = {{"{", "heads.json:1"},
               {"{}", "\"heads\" is missing"},
               {"{\"heads\": [\"swim\"]}", "\"heads\" has swim"},
               {"{\"heads\": [3]}", "\"heads\" has a number"},
               {"{\"heads\": [\"refer\", \"refer\"]}", "\"heads\" has refer twice"},
               {"{\"heads\": [\"vqa\"]}", "\"answers\" is missing"},
               {"{\"heads\": [\"vqa\"], \"answers\": [\"yes\", 2]}", "answer 2 is a number"},
               {"{\"heads\": [\"caption\"], \"caption_decoder\": \"pen\"}", "\"caption_decoder\" has pen"},
               {"{\"heads\": [\"vqa\"], \"answers\": [\"yes\"]}", "vqa_output.3.weight is (10,16) in the file and (1,16)"}};
    Error err;
    World *x = begin(TRANSFORMER_DECODER);
    x->t.answers.n = 10; /* as many of those that there are */
    mm_params_free(x->t.m.params);
    x->t.m = tiny(x->w, 2, DIM, LABELS);
    x->t.vqa = vqa_init(x->t.m.params, "vqa_output", &x->t.m.uniter.config, 10);
    x->t.has[SKILL_CAPTION] = x->t.has[SKILL_RANK] = x->t.has[SKILL_REFER] = x->t.has[SKILL_ENTAIL] = false;
    assert_true(tuned_save(&x->t, scratch("tuned"), &err));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Tuned back;
        put_text(scratch("tuned/heads.json"), bad[i].json);
        assert_false(tuned_load(scratch("tuned"), &back, &err));
        says(&err, scratch("tuned"), bad[i].says);
    }
    end(x);
}

/* Nothing to learn from. */
static void refused(void **state)
{
    (void)state;
    Error err;
    World *x = begin(TRANSFORMER_DECODER);
    Tuned t = {.m = tiny(x->w, 2, DIM, LABELS)};
    Tuning how = tuning_default;
    const Keeping keep = {.state = "none", .save_every = 1};
    x->l.questions = 6; /* no answer nine times */
    assert_false(tune(&t, &x->l, &how, 1, &keep, NULL, &err));
    says(&err, "vqa", "no answer is given 9 times in 6 questions");
    how.recipe.ratio[SKILL_VQA] = 0;
    how.recipe.batch = 2;
    assert_false(tune(&t, &x->l, &how, 1, &keep, NULL, &err));
    says(&err, "rank", "a batch of 2");
    x->l.questions = SCENES * MM_SCENE_QUESTIONS;
    mm_params_free(t.m.params);
    end(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements), cmocka_unit_test(lessons),          cmocka_unit_test(hidden),
        cmocka_unit_test(gradients),  cmocka_unit_test(no_looking_ahead), cmocka_unit_test(teacher_forcing),
        cmocka_unit_test(greedy),     cmocka_unit_test(refer_padding),    IN_SCRATCH(folders),
        IN_SCRATCH(bad_folders),      cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
