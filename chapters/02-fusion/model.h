/* model.h: ways to make one decision from several modalities. */
#ifndef FUSION_MODEL_H
#define FUSION_MODEL_H

#include "encoder.h"

typedef enum FusionKind {
    FUSE_EARLY,     /* one model of all vectors side by side */
    FUSE_LATE,      /* a model for each, and only their decisions meet */
    FUSE_HYBRID,    /* both */
    FUSE_TENSOR,    /* all products of all numbers: Zadeh et al. 2017 */
    FUSE_LOW_RANK,  /* the same with a weight of low rank: Liu et al. 2018 */
    FUSE_GATED,     /* each modality is multiplied with a gate that sees all: Arevalo et al. 2017 */
    FUSE_ATTENTION, /* the states of each look for what they need among those of the others: Tsai et al. 2019 */
    FUSIONS
} FusionKind;
extern const char *const fusion_name[]; /* "early", …, NULL */

/* How late fusion makes one decision of several. */
typedef enum LateRule { LATE_MEAN, LATE_PRODUCT, LATE_WEIGHTS, LATE_VOTE, LATE_RULES } LateRule;
extern const char *const late_name[];

enum { CLASSES = 2 }; /* no and yes; negative and positive */

typedef struct FusionConfig {
    FusionKind kind;
    int n;                               /* modalities, MM_MAX_MODALITIES at most */
    const char *name[MM_MAX_MODALITIES]; /* their modules */
    int width, hidden;                   /* of their vectors; of the layer before the decision */
    int products, rank; /* numbers of each modality that are multiplied (tensor); rank of the weight (low rank) */
    real dropout;
} FusionConfig;

typedef struct Fusion {
    FusionConfig config;
    Linear head[MM_MAX_MODALITIES]; /* late, hybrid: width -> CLASSES */
    Tensor *weight;                 /* late: (n); hybrid: (1 + n), the joint decision first */
    Linear hidden, decide;          /* all but late: what is fused -> hidden -> CLASSES */
    Linear reduce[MM_MAX_MODALITIES],
        gate[MM_MAX_MODALITIES]; /* tensor: width -> products; gated: width -> hidden, n width -> hidden */
    LowRankFusion low_rank;
    Attend look[MM_MAX_MODALITIES][MM_MAX_MODALITIES], again[MM_MAX_MODALITIES]; /* attention: [m][k]: of m at k */
} Fusion;

Fusion fusion_init(Params *ps, FusionConfig c);

/* Decisions are logits (B, CLASSES). */
typedef struct Decisions {
    Tensor *alone[MM_MAX_MODALITIES]; /* late, hybrid: of each modality by itself; otherwise NULL */
    Tensor *joint;                    /* of all together, before hybrid adds the others; late: NULL */
    Tensor *all;                      /* what counts. Late: the weighted sum, through which nothing but the weights learns */
    Tensor *present;                  /* (B, n): 1, or 0 for a modality that is missing */
} Decisions;

/* present: (B, n) row-major, or NULL: nothing is missing. What is missing counts as a vector of zeros. */
Decisions fusion_forward(Graph *g, const Fusion *f, const Encoded *in, const real *present);
/* The mean over the batch; target (B, CLASSES): rows that add up to 1. */
Tensor *fusion_loss(Graph *g, const Decisions *d, const real *target);
/* What the decisions come to: p (B, CLASSES), rows that add up to 1. rule counts for late fusion alone. */
void fusion_probabilities(const Decisions *d, LateRule rule, real *p);

#endif
