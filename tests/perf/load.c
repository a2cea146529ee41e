/* load.c: how long a CLIP of the size of ViT-B/32 takes from the disk to where it is used, beside just reading its file.
 *     build/release/tests/perf/load [FOLDER]   a folder for 1.2 GB of files, which are removed (/tmp)
 * cold: the file is not in the system's cache; warm: it is. Each is the best of three. Reading is one thread's read() of the whole file into
 * new memory, as the numbers need new memory too. */
#include "folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 3 };

/* openai/clip-vit-base-patch32 */
static const ClipConfig vit_b32 = {
    .image = CLIP_VIT,
    .vit = {.size = 224, .patch = 32, .width = 768, .layers = 12, .heads = 12, .embed = 512},
    .size = 224,
    .embed = 512,
    .context = 77,
    .vocab = 49408,
    .text_width = 512,
    .text_layers = 12,
    .text_heads = 8,
};

static void or_stop(bool ok, const Error *err)
{
    if (!ok) {
        fprintf(stderr, "load: %s\n", err->text);
        exit(1);
    }
}

/* Random, and cheaply so: what is in the file does not matter. */
static void make(const char *path, bool hf)
{
    Error err;
    Params *ps = mm_params_new(1);
    Rng rng = mm_rng(1, "weights");
    mm_params_blank(ps, true);
    clip_init(ps, vit_b32);
    for (int i = 0; i < mm_params_count(ps); i++) {
        Tensor *p = mm_params_at(ps, i);
        for (size_t k = 0; k < p->n; k++) {
            p->data[k] = (real)(int64_t)mm_rng_next(&rng) * (real)0x1p-67;
        }
    }
    ClipFile names = {.hf = hf};
    Naming naming = clip_naming(&names);
    or_stop(mm_params_save_named(ps, path, &naming, NULL, &err), &err);
    mm_params_free(ps);
}

static double read_file(const char *path)
{
    int fd = open(path, O_RDONLY);
    off_t size = lseek(fd, 0, SEEK_END), at = 0;
    double start = mm_seconds();
    char *bytes = malloc((size_t)size);
    for (ssize_t got = 1; bytes && got > 0; at += got) {
        got = pread(fd, bytes + at, (size_t)(size - at), at);
    }
    double seconds = mm_seconds() - start;
    if (at != size) {
        fprintf(stderr, "load: %s: not read\n", path);
        exit(1);
    }
    free(bytes);
    close(fd);
    return seconds;
}

/* All that clip_folder_load does with the weights. */
static double load_file(const char *path)
{
    Error err;
    ClipFile names;
    ClipConfig config = {0};
    double start = mm_seconds();
    SafeFile *f = mm_safe_open(path, &err);
    or_stop(f && clip_detect(f, &names, &err) && clip_infer(f, &names, &config, &err), &err);
    Naming naming = clip_naming(&names);
    Params *ps = mm_params_new(0);
    mm_params_blank(ps, true);
    clip_init(ps, config);
    or_stop(mm_params_load_named(ps, f, &naming, &err), &err);
    double seconds = mm_seconds() - start;
    mm_safe_close(f);
    mm_params_free(ps);
    return seconds;
}

static void forget(const char *path)
{
    int fd = open(path, O_RDONLY);
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

/* In a process of its own each time: memory that was used before is not new. */
static double best(double (*run)(const char *), const char *path, bool cold)
{
    double least = 1e9, seconds;
    for (int i = 0; i < ROUNDS; i++) {
        int ends[2];
        if (cold) {
            forget(path);
        }
        if (pipe(ends) != 0) {
            exit(1);
        }
        if (fork() == 0) {
            seconds = run(path);
            _exit(write(ends[1], &seconds, sizeof seconds) != sizeof seconds);
        }
        if (read(ends[0], &seconds, sizeof seconds) != sizeof seconds) {
            exit(1);
        }
        wait(NULL);
        close(ends[0]);
        close(ends[1]);
        least = seconds < least ? seconds : least;
    }
    return least;
}

int main(int argc, char **argv)
{
    char *path = mm_join_path(argc > 1 ? argv[1] : "/tmp", "mm-load.safetensors");
    printf("ViT-B/32, 151.3 million numbers, F32, 605 MB; %d threads\n", mm_threads());
    printf("  names     cache   read   load   ratio\n");
    for (int hf = 0; hf < 2; hf++) {
        make(path, hf);
        for (int warm = 0; warm < 2; warm++) {
            double reading = best(read_file, path, !warm), loading = best(load_file, path, !warm);
            printf("  %-8s  %s  %5.2f s  %5.2f s  %.2f\n", hf ? "hf" : "openai", warm ? "warm" : "cold", reading, loading,
                   loading / reading);
        }
    }
    unlink(path);
    free(path);
    return 0;
}
