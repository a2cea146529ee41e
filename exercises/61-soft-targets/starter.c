/* Exercise 61: Soft targets. README.md beside this file says what is wanted; `./course test 61` judges it. */
#include "exercise.h"

/* [vqa_accuracy] Each of the n people is left out once, and three of the others who agree are enough: of a guess that has `matches`, that
 * many times one of the matching is left out, and otherwise one of the rest. */
double mm_vqa_score(int matches, int n)
{
    NOT_STARTED;
}
