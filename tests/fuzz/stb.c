/* stb.c: the picture decoders once more, compiled here so that the fuzzer sees their branches and the sanitizers their accesses. */
#define STBI_MAX_DIMENSIONS 512 /* up to the library's limits is allowed, and slow */
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
