/* Masking words. */
#include "57.h"
#include "check.h"

enum { MASK = 2, FIRST = 5, SIZE = 40, LONG = 22, MANY = 4000 };

static const Tokens tokens = {MASK, FIRST, SIZE};

typedef struct Count {
    int asked, mask, same, other, special, wrong; /* words with a label; what became of them; labels or words that cannot be */
    int ends;
} Count;

/* What becomes of MANY texts of n tokens, of which token i is FIRST + i. */
static Count mask(int n)
{
    Rng rng = mm_rng(1, "mask");
    Count c = {0};
    for (int k = 0; k < MANY; k++) {
        int ids[LONG], label[LONG];
        for (int i = 0; i < n; i++) {
            ids[i] = FIRST + i;
            label[i] = -7;
        }
        YOURS(mask_words)(&tokens, ids, n, label, &rng);
        for (int i = 0; i < n; i++) {
            bool end = i == 0 || i == n - 1;
            c.ends += end && (ids[i] != FIRST + i || label[i] != -1);
            c.wrong += label[i] != -1 && label[i] != FIRST + i;
            c.wrong += label[i] == -1 && ids[i] != FIRST + i;
            if (!end && label[i] != -1) {
                c.asked++;
                c.mask += ids[i] == MASK;
                c.same += ids[i] == FIRST + i;
                c.special += ids[i] != MASK && (ids[i] < FIRST || ids[i] >= SIZE);
                c.other += ids[i] != MASK && ids[i] != FIRST + i;
            }
        }
    }
    return c;
}

static void near_to(const char *what, double got, double want)
{
    expect(fabs(got - want) < 0.02, "%s: %.3f of them, wanted %.3f", what, got, want);
}

void exercise_57(void)
{
    const Count c = mask(LONG);
    check("ends", "the first and the last token", "[CLS] and [SEP], ids[0] and ids[n - 1], stay, and their label is -1.");
    expect(c.ends == 0, "%d of %d were changed or asked for", c.ends, 2 * MANY);
    check("share", "15 words of 100 are asked for", "mm_uniform(rng) < hidden_share, once for each word.");
    near_to("asked for", (double)c.asked / (MANY * (LONG - 2)), 0.15 + pow(0.85, LONG - 2) / (LONG - 2));
    check("label", "label: what stood there; elsewhere -1", "Take ids[i] for the label before you change it.");
    expect(c.wrong == 0, "%d labels or words are not what they should be", c.wrong);
    check("shares", "80 of 100 become [MASK]; 10 another token, and 10 stay",
          "One number decides: below mask_share, below mask_share + other_share, above.");
    near_to("[MASK]", (double)c.mask / c.asked, 0.8);
    near_to("the same", (double)c.same / c.asked, 0.1 + 0.1 / (SIZE - FIRST));
    check("other", "another token is a word", "From t->first to t->size - 1: what comes before are [PAD], [CLS] and their like.");
    expect(c.special == 0, "%d of %d are special tokens", c.special, c.other);
    check("one", "a text of one word",
          "If no word was chosen, the first, ids[1], becomes [MASK], so that something is asked for.");
    const Count single = mask(3);
    expect(single.asked == MANY && single.ends == 0, "asked for in %d of %d texts", single.asked, MANY);
    const Count none = mask(2);
    expect(none.ends == 0, "of [CLS] [SEP], %d tokens were changed or asked for", none.ends);
}
