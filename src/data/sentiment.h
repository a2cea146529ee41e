/* sentiment.h: how readers fill a Sentiment. Private to src/data. */
#ifndef MM_SENTIMENT_PRIVATE_H
#define MM_SENTIMENT_PRIVATE_H

#include "mm/sentiment.h"

/* What the items point to. */
typedef struct SentimentMemory {
    EmojiSet emoji;
    Tsv *table[MM_MODALITIES];
    char **text; /* names that are in no table; pictures of their own are the items' */
    int texts;
    bool own_pictures;
} SentimentMemory;

void mm_sentiment_begin(Sentiment *s);
/* A new item of a group, which is made on its first mention; valence decides the label. name and group are copied. */
SentimentItem *mm_sentiment_add(Sentiment *s, Modality m, double valence, const char *group, const char *name);
int mm_sentiment_group(Sentiment *s, SentimentList *list, const char *group); /* its number; made on its first mention */
bool mm_sentiment_has_word(const char *text);                                 /* it is more than white space */
/* Deals the groups to the folds: first those that are mostly of label 0, then the others, each in an order that is always the same. */
void mm_sentiment_fold(SentimentList *list);
/* A cell of a table as a number from -limit to limit. */
bool mm_sentiment_valence(const Tsv *t, int row, int column, double limit, double *valence, Error *err);

#endif
