/* sound_files.h: how the decoders give what they find. Private to src/audio. */
#ifndef MM_SOUND_FILES_H
#define MM_SOUND_FILES_H

#include "mm/audio.h"

/* A file in memory; path is for messages. The caller frees s. */
typedef bool SoundDecoder(const char *path, const unsigned char *bytes, size_t n, Sound *s, Error *err);
SoundDecoder mm_wav_decode, mm_vorbis_decode;

/* Whether such a sound is within the limits of mm/audio.h; asked before memory is taken. frames: samples of each channel. */
bool mm_sound_fits(const char *path, int64_t frames, int64_t channels, int64_t rate, Error *err);

#endif
