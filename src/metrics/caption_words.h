/* caption_words.h: captions as the words that their metrics compare. Private to src/metrics. */
#ifndef MM_CAPTION_WORDS_H
#define MM_CAPTION_WORDS_H

/* caption_words.c: the words of a text in well-formed UTF-8, lower-cased, one space between them, punctuation left out: "a dog 's bone"
 * of "A dog's bone." The caller frees. */
char *mm_caption_words(const char *text);

enum { LONGEST = 4 }; /* n-grams of 1 .. 4 words */

typedef struct Gram {
    int id, words; /* which n-gram; its n */
    int count;     /* in the sentence */
} Gram;

typedef struct Sentence {
    int n, *word; /* numbers of its words */
    int grams;
    Gram *gram; /* all that occur, by id */
} Sentence;

#endif
