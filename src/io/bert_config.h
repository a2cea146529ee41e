/* bert_config.h: BERT's config.json, as Hugging Face writes it, and UNITER, ALIGN and others within theirs. */
#ifndef MM_BERT_CONFIG_H
#define MM_BERT_CONFIG_H

#include "mm/io.h"
#include "mm/nn.h"

/* object: the parsed file, or the part of it that is about BERT; what is absent is BERT-base's. What this library's BERT cannot be (another
 * activation, say) is refused; errors name path. */
bool mm_bert_config_read(const struct json_t *object, const char *path, BertConfig *c, Error *err);
struct json_t *mm_bert_config_json(const BertConfig *c, const char *model_type);

#endif
