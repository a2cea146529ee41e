/* encoders.c: what ALIGN's encoders read and make, for the commands that use them. */
#include "folder.h"

void align_preprocess(const AlignConfig *c, const Picture *picture, real *pixels)
{
    Picture rgb = c->input.on_white ? mm_picture_flatten(picture, mm_white) : mm_picture_rgb(picture);
    mm_picture_squash(&rgb, c->input.squashed, c->image.size, c->input.antialias, pixels);
    mm_picture_free(&rgb);
}

static void preprocess(const Encoders *e, const Picture *picture, real *pixels)
{
    align_preprocess(&((const Align *)e->model)->config, picture, pixels);
}

static bool tokenize(const Encoders *e, const char *text, int *ids, int *length, Error *err)
{
    return mm_wordpiece_tokenize(e->tokenizer, text, e->context, ids, length, err);
}

static Tensor *encode_pictures(Graph *g, const Encoders *e, Tensor *pixels)
{
    return align_encode_image(g, e->model, pixels);
}

static Tensor *encode_texts(Graph *g, const Encoders *e, const int *ids, const int *length, int B)
{
    return align_encode_text(g, e->model, ids, length, B, e->context);
}

static void describe_input(const Encoders *e, char text[MM_INPUT_TEXT])
{
    const AlignConfig *c = &((const Align *)e->model)->config;
    snprintf(text, MM_INPUT_TEXT, "align %d %d%s%s", c->input.squashed, c->image.size, c->input.antialias ? " antialias" : "",
             c->input.on_white ? " on white" : "");
}

static const EncodersKind kind = {preprocess, describe_input, tokenize, encode_pictures, encode_texts};

Encoders align_encoders(const Align *align, const Wordpiece *tok)
{
    const AlignConfig *c = &align->config;
    double t = (double)align->temperature->data[0];
    return (Encoders){.kind = &kind,
                      .model = align,
                      .tokenizer = tok,
                      .name = "EfficientNet",
                      .size = c->image.size,
                      .context = c->context,
                      .embed = align_embed(c),
                      .params = align->params,
                      .temperature = "temperature",
                      .temperature_value = t,
                      .factor = 1 / t};
}
