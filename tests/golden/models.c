/* models.c: recurrent networks, BERT and the Transformer decoder, forward and backward, against PyTorch in double. And along
 * random directions of all their parameters, with dropout, against differences of their own loss; and with checkpointing. */
#include "case.h"
#include "mm/inspect.h"
#include "mm/nn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A model's case: parameters, then inputs, then the upstream gradient are drawn from Lcg(7), as in make_models.py. */
typedef struct Model {
    Params *ps, *inputs;
    Graph *g;
    Lcg lcg;
} Model;

static Model begin_model(void)
{
    return (Model){mm_params_new(1), mm_params_new(1), mm_graph_new(1), {7}};
}

static Tensor *model_input(Model *m, Shape shape)
{
    Tensor *x = mm_param(m->inputs, mm_name(m->inputs, "d%d", mm_params_count(m->inputs)), shape, (Init){MM_ZERO, 0});
    lcg_fill(&m->lcg, x->data, x->n, 2);
    return x;
}

static void end_model(Model *m, const char *name, const char *gradients, Tensor *y)
{
    Golden golden = golden_open("models.json", name);
    golden_compare(golden, "y", y->data, y->n);
    Tensor *dy = mm_input(m->g, y->shape, NULL);
    lcg_fill(&m->lcg, dy->data, dy->n, 2);
    mm_backward_from(m->g, y, dy->data);
    for (int i = 0; i < mm_params_count(m->inputs); i++) {
        const Tensor *x = mm_params_at(m->inputs, i);
        golden_compare(golden, x->name, x->grad, x->n);
    }
    golden_close(golden);
    golden = golden_open("models.json", gradients);
    compare_gradients(golden, m->ps);
    golden_close(golden);
    mm_graph_free(m->g);
    mm_params_free(m->ps);
    mm_params_free(m->inputs);
}

static Tensor *flattened(Graph *g, Tensor *x)
{
    return mm_reshape(g, x, MM_SHAPE((int)x->n));
}

static const int length[] = {5, 2, 4};

static void recurrent(void **state)
{
    (void)state;
    for (int kind = MM_LSTM; kind <= MM_GRU; kind++) {
        Model m = begin_model();
        Rnn rnn = mm_rnn_init(m.ps, "rnn", (RnnKind)kind, 3, 4, 2);
        lcg_fill_params(&m.lcg, m.ps, 0.6);
        Tensor *states = mm_rnn_forward(m.g, &rnn, model_input(&m, MM_SHAPE(3, 5, 3)), length);
        Tensor *both[] = {flattened(m.g, states), flattened(m.g, mm_rnn_last(m.g, states, length))};
        Tensor *y = mm_concat(m.g, 2, both, 0);
        end_model(&m, kind == MM_LSTM ? "lstm_layers" : "gru_layers",
                  kind == MM_LSTM ? "lstm_layers gradients" : "gru_layers gradients", y);
    }
}

static const int ids[] = {1, 5, 9, 2, 1, 7, 2, 0}, types[] = {0, 0, 1, 1, 0, 1, 1, 0}, words[] = {4, 3};
static const BertConfig tiny_bert = {
    .vocab = 11, .width = 6, .layers = 2, .heads = 2, .intermediate = 10, .positions = 5, .types = 2};

static Tensor *bert_forward(Graph *g, const Bert *b)
{
    Tensor *x = mm_bert_embed(g, b, ids, types, 2, 4);
    x = mm_bert_encode(g, b, x, mm_padding_mask(g, words, 2, 4, -10000));
    return mm_concat(g, 2, ((Tensor *[]){flattened(g, x), flattened(g, mm_bert_pool(g, b, x))}), 0);
}

static void bert(void **state)
{
    (void)state;
    Model m = begin_model();
    Bert b = mm_bert_init(m.ps, "bert", tiny_bert);
    lcg_fill_params(&m.lcg, m.ps, 0.6);
    end_model(&m, "bert", "bert gradients", bert_forward(m.g, &b));
}

static const DecoderConfig tiny_decoder = {.width = 6, .layers = 2, .heads = 2, .feedforward = 10};

static void decoder(void **state)
{
    (void)state;
    Model m = begin_model();
    Decoder d = mm_decoder_init(m.ps, "decoder", tiny_decoder);
    lcg_fill_params(&m.lcg, m.ps, 0.6);
    Tensor *x = model_input(&m, MM_SHAPE(2, 4, 6)), *memory = model_input(&m, MM_SHAPE(2, 3, 6));
    Tensor *mask = mm_padding_mask(m.g, (const int[]){3, 1}, 2, 3, -(real)INFINITY);
    end_model(&m, "decoder", "decoder gradients", mm_decoder_forward(m.g, &d, x, memory, mask));
}

/* ---- along random directions ---- */

typedef struct Whole {
    Params *ps;
    Bert bert;
    Decoder decoder;
    Rnn rnn;
    Tensor *factors; /* the loss is the sum of the results times these */
} Whole;

static Tensor *weighted(Graph *g, const Whole *w, Tensor *y)
{
    Tensor *factors = mm_input(g, MM_SHAPE((int)y->n), w->factors->data);
    return mm_sum(g, mm_mul(g, flattened(g, y), factors), MM_ALL);
}

static Tensor *bert_loss(Graph *g, void *model)
{
    const Whole *w = model;
    return weighted(g, w, bert_forward(g, &w->bert));
}

/* Writes about what BERT has read. */
static Tensor *decoder_loss(Graph *g, void *model)
{
    const Whole *w = model;
    Tensor *memory = mm_bert_encode(g, &w->bert, mm_bert_embed(g, &w->bert, ids, NULL, 2, 4), NULL);
    Tensor *x = mm_bert_embed(g, &w->bert, ids, types, 2, 4);
    return weighted(g, w, mm_decoder_forward(g, &w->decoder, x, memory, mm_padding_mask(g, words, 2, 4, -(real)INFINITY)));
}

static Tensor *rnn_loss(Graph *g, void *model)
{
    const Whole *w = model;
    Tensor *x = mm_bert_embed(g, &w->bert, ids, NULL, 2, 4);
    return weighted(g, w, mm_rnn_forward(g, &w->rnn, x, words));
}

static Whole begin_whole(Params *constants)
{
    Whole w = {.ps = mm_params_new(3)};
    BertConfig bert_config = tiny_bert;
    DecoderConfig decoder_config = tiny_decoder;
    bert_config.dropout = decoder_config.dropout = 0.2;
    w.bert = mm_bert_init(w.ps, "bert", bert_config);
    w.decoder = mm_decoder_init(w.ps, "decoder", decoder_config);
    w.rnn = mm_rnn_init(w.ps, "rnn", MM_LSTM, 6, 6, 2);
    Lcg lcg = {11};
    lcg_fill_params(&lcg, w.ps, 0.6);
    Tensor *factors = mm_params_find(constants, "factors");
    w.factors = factors ? factors : mm_param(constants, "factors", MM_SHAPE(100), (Init){MM_NORMAL, 1});
    return w;
}

static void directions(void **state)
{
    (void)state;
    Params *constants = mm_params_new(1);
    Whole w = begin_whole(constants);
    static const ModelLoss losses[] = {bert_loss, decoder_loss, rnn_loss};
    for (int i = 0; i < 3; i++) {
        ModelCheck worst;
        bool ok = mm_modelcheck(w.ps, losses[i], &w, 5, 1e-6, &worst);
        print_message("%s\n", worst.text);
        assert_true(ok);
    }
    mm_params_free(constants);
    mm_params_free(w.ps);
}

/* Layers that are run again on the way back drop what they dropped, and give every gradient the same bits. */
static void checkpointed(void **state)
{
    (void)state;
    Params *constants = mm_params_new(1);
    real *first[GOLDEN_PARAMS] = {NULL};
    for (int checkpointing = 0; checkpointing < 2; checkpointing++) {
        Whole w = begin_whole(constants);
        Graph *g = mm_graph_new(5);
        mm_graph_checkpoint(g, checkpointing);
        mm_backward(g, decoder_loss(g, &w));
        for (int i = 0; i < mm_params_count(w.ps); i++) {
            const Tensor *p = mm_params_at(w.ps, i);
            if (checkpointing) {
                assert_memory_equal(p->grad, first[i], p->n * sizeof(real));
            } else {
                first[i] = mm_params_memory(constants, p->n * sizeof(real));
                memcpy(first[i], p->grad, p->n * sizeof(real));
            }
        }
        mm_graph_free(g);
        mm_params_free(w.ps);
    }
    mm_params_free(constants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recurrent),  cmocka_unit_test(bert),         cmocka_unit_test(decoder),
        cmocka_unit_test(directions), cmocka_unit_test(checkpointed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
