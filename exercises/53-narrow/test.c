/* A rule of the funnel: pictures that are too narrow. */
#include "53.h"
#include "check.h"

static void goes(double width, double height, double limit, bool want)
{
    const WebPair pair = {.text = "", .width = width, .height = height};
    const NoiseCase c = {.pair = &pair, .limit = limit};
    bool got = YOURS(narrow)(&c);
    expect(got == want, "%g x %g with a limit of %g: %s, but it should %s", width, height, limit, got ? "goes" : "stays",
           want ? "go" : "stay");
}

void exercise_53(void)
{
    check("square", "pictures that are nearly square stay", "1 : 1 and 1 : 2 are not as narrow as 1 : 3.");
    goes(64, 64, 3, false);
    goes(128, 64, 3, false);
    goes(64, 128, 3, false);
    check("banner", "a banner of 400 x 50", "Its height is the shorter side: 400 is more than 3 times 50.");
    goes(400, 50, 3, true);
    check("tower", "a tower of 50 x 400", "Its width is the shorter side: narrow is narrow, whichever way it lies.");
    goes(50, 400, 3, true);
    check("limit", "exactly 1 : 3", "As narrow as the limit is too narrow: >=, not >.");
    goes(300, 100, 3, true);
    goes(299, 100, 3, false);
    check("other", "another limit", "The limit is c->limit: COYO's and yours may differ.");
    goes(300, 100, 4, false);
    goes(300, 200, 1.5, true);
    check("unknown", "a size that is not known", "0 says that nobody knows the size, and that is no reason to remove.");
    goes(0, 0, 3, false);
    goes(300, 0, 3, false);
    goes(0, 300, 3, false);
}
