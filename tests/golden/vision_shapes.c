/* vision_shapes.c: the image encoders of CLIP RN50 and of ALIGN's EfficientNet-B7 in full size have the tensors that the official
 * checkpoints have: as many, of those names and shapes, with as many numbers. */
#include "golden.h"
#include "mm/nn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void has(Params *ps, const char *name, Shape shape)
{
    const Tensor *t = mm_params_find(ps, name);
    if (!t || !mm_shape_equal(t->shape, shape)) {
        char text[MM_SHAPE_TEXT];
        fail_msg("there is no %s of shape %s", name, mm_shape_text(shape, text));
    }
}

/* Tensors of the checkpoint: PyTorch keeps a counter, num_batches_tracked, with each running mean. */
static int tensors(Params *ps)
{
    int n = mm_params_count(ps);
    for (int i = 0; i < mm_params_count(ps); i++) {
        n += strstr(mm_params_at(ps, i)->name, ".running_mean") != NULL;
    }
    return n;
}

/* CLIP's text tower: width w, 12 layers, 49,408 tokens, 77 places. */
enum { TEXT_TENSORS = 12 * 12 + 6 };
static size_t text_numbers(size_t w, size_t embed)
{
    size_t layer = 4 * w * w + 4 * w + 8 * w * w + 5 * w + 4 * w; /* attention; mlp; two norms */
    return 49408 * w + 77 * w + 12 * layer + 2 * w + w * embed + 1;
}

static void rn50(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    ModifiedResnetConfig c = {.layers = {3, 4, 6, 3}, .width = 64, .size = 224, .heads = 32, .embed = 1024};
    mm_modified_resnet_init(ps, "visual", c);
    golden_number("CLIP RN50, parameters", (double)(mm_params_numel(ps) + text_numbers(512, 1024)), 102007137, 0);
    golden_number("CLIP RN50, tensors", tensors(ps) + TEXT_TENSORS, 489, 0);
    has(ps, "visual.conv1.weight", MM_SHAPE(32, 3, 3, 3));
    has(ps, "visual.conv3.weight", MM_SHAPE(64, 32, 3, 3));
    has(ps, "visual.bn3.running_var", MM_SHAPE(64));
    has(ps, "visual.layer1.0.downsample.0.weight", MM_SHAPE(256, 64, 1, 1));
    has(ps, "visual.layer3.5.conv2.weight", MM_SHAPE(256, 256, 3, 3));
    has(ps, "visual.layer4.0.downsample.1.running_mean", MM_SHAPE(2048));
    has(ps, "visual.layer4.2.bn3.bias", MM_SHAPE(2048));
    has(ps, "visual.attnpool.positional_embedding", MM_SHAPE(50, 2048));
    has(ps, "visual.attnpool.q_proj.weight", MM_SHAPE(2048, 2048));
    has(ps, "visual.attnpool.c_proj.bias", MM_SHAPE(1024));
    const Tensor *gain = mm_params_find(ps, "visual.layer2.3.bn3.weight");
    assert_true(gain->data[0] == 0 && gain->data[gain->n - 1] == 0); /* each block begins as its shortcut */
    mm_params_free(ps);
}

static void efficientnet_b7(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Efficientnet e = mm_efficientnet_init(ps, "vision_model", mm_efficientnet_config(7));
    golden_number("EfficientNet-B7, parameters", (double)mm_params_numel(ps), 62143440, 0);
    golden_number("EfficientNet-B7, tensors", tensors(ps), 1192, 0);
    golden_number("EfficientNet-B7, blocks", e.blocks, 55, 0);
    golden_number("EfficientNet-B7, features", e.features, 640, 0);
    has(ps, "vision_model.embeddings.convolution.weight", MM_SHAPE(64, 3, 3, 3));
    has(ps, "vision_model.embeddings.batchnorm.running_var", MM_SHAPE(64));
    assert_null(mm_params_find(ps, "vision_model.encoder.blocks.3.expansion.expand_conv.weight"));
    has(ps, "vision_model.encoder.blocks.4.expansion.expand_conv.weight", MM_SHAPE(192, 32, 1, 1));
    has(ps, "vision_model.encoder.blocks.54.expansion.expand_bn.running_mean", MM_SHAPE(3840));
    has(ps, "vision_model.encoder.blocks.11.depthwise_conv.depthwise_conv.weight", MM_SHAPE(288, 1, 5, 5));
    has(ps, "vision_model.encoder.blocks.11.depthwise_conv.depthwise_norm.weight", MM_SHAPE(288));
    has(ps, "vision_model.encoder.blocks.11.squeeze_excite.reduce.weight", MM_SHAPE(12, 288, 1, 1));
    has(ps, "vision_model.encoder.blocks.11.squeeze_excite.expand.bias", MM_SHAPE(288));
    has(ps, "vision_model.encoder.blocks.54.projection.project_conv.weight", MM_SHAPE(640, 3840, 1, 1));
    has(ps, "vision_model.encoder.blocks.54.projection.project_bn.bias", MM_SHAPE(640));
    mm_params_free(ps);
}

/* The stem of every size, and the last block's channels: as the official scaling rounds them. */
static void compound_scaling(void **state)
{
    (void)state;
    static const int stem[] = {32, 32, 32, 40}, features[] = {320, 320, 352, 384}, blocks[] = {16, 23, 23, 26};
    for (int b = 0; b < 4; b++) {
        Params *ps = mm_params_new(1);
        Efficientnet e = mm_efficientnet_init(ps, "vision_model", mm_efficientnet_config(b));
        assert_int_equal(e.stem.weight->shape.d[0], stem[b]);
        assert_int_equal(e.features, features[b]);
        assert_int_equal(e.blocks, blocks[b]);
        mm_params_free(ps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rn50), cmocka_unit_test(efficientnet_b7),
                                       cmocka_unit_test(compound_scaling)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
