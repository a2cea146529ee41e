/* sound.c: a sound that loads has samples, all of them numbers, within the limits. */
#include "fuzz.h"
#include "mm/audio.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 4 || (memcmp(data, "RIFF", 4) != 0 && memcmp(data, "OggS", 4) != 0)) {
        return -1;
    }
    Error err = {""};
    Sound s;
    bool ok = mm_sound_load(fuzz_file(data, n), &s, &err);
    MUST(ok ? s.n > 0 : err.text[0] && !s.sample);
    MUST(!ok || (s.rate >= MM_SOUND_RATE_LOW && s.rate <= MM_SOUND_RATE_HIGH && s.n <= MM_SOUND_SAMPLES));
    for (int i = 0; i < s.n; i++) {
        MUST(isfinite(s.sample[i]));
    }
    mm_sound_free(&s);
    return 0;
}
