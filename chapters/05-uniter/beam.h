/* beam.h: writes a text token by token with any model that says how likely each next token is: greedily, or keeping the best few
 * beginnings at each step. */
#ifndef UNITER_BEAM_H
#define UNITER_BEAM_H

#include "mm/core.h"

enum { MAX_BEAMS = 64 };

/* A beginning and the token that continues it. */
typedef struct Beam {
    double score; /* sum of ln p */
    int from, token;
} Beam;

/* log_p (n, vocab): ln p of the next token after each of n beginnings; number i is prefix[i stride .. i stride + length - 1]. */
typedef void NextTokens(void *context, const int *prefix, int n, int length, int stride, real *log_p);

typedef struct BeamOptions {
    int first, end, vocab; /* the token that all begin with, the one that ends a text, how many there are */
    int width;             /* beginnings that are kept: 1 is greedy, MAX_BEAMS the most */
    int least, most;       /* tokens between first and end: no end before `least`; cut off at `most`, the end counted */
    real length_penalty;   /* a text is rated by its ln p / tokens^penalty; 0: ln p, which favours short texts */
} BeamOptions;

/* The best text that is found, in tokens (1 + most): first, …, end, or cut off. Returns its length; *score: its rating. 0: the model gives
 * every text a probability of 0. */
int beam_search(NextTokens *next, void *context, BeamOptions o, int *tokens, double *score);

#endif
