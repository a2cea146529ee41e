/* shards.c: writes pairs into shards. */
#include "data/tar.h"
#include "io/memory.h"
#include "mm/web.h"

struct ShardWriter {
    char *folder;
    int per_shard, in_shard, shards;
    int64_t pairs;
    AtomicFile file; /* .file NULL: no shard is begun */
    bool failed;
};

static char *shard_path(const char *folder, int shard)
{
    return mm_path(folder, "%06d.tar", shard);
}

ShardWriter *mm_shards_create(const char *folder, int pairs_per_shard, Error *err)
{
    char *first = shard_path(folder, 0);
    bool ok = mm_make_folders(folder, err) &&
              (!mm_file_exists(first) || mm_error(err, "%s: is there already; shards are written to a new folder", first));
    free(first);
    if (!ok) {
        return NULL;
    }
    ShardWriter *w = mm_take(1, sizeof *w);
    w->folder = mm_copy_text(folder, strlen(folder));
    w->per_shard = pairs_per_shard;
    return w;
}

static bool end_shard(ShardWriter *w, Error *err)
{
    if (!w->file.file) {
        return true;
    }
    mm_tar_write_end(w->file.file);
    w->in_shard = 0;
    w->shards++;
    return mm_atomic_commit(&w->file, err);
}

static bool begin_shard(ShardWriter *w, Error *err)
{
    char *path = shard_path(w->folder, w->shards);
    bool ok = mm_atomic_open(&w->file, path, err);
    free(path);
    return ok;
}

bool mm_shards_add(ShardWriter *w, const void *bytes, size_t n, const char *end, const char *text, Error *err)
{
    char name[64];
    if (w->failed || (!w->file.file && !begin_shard(w, err))) {
        w->failed = true;
        return false;
    }
    snprintf(name, sizeof name, "%09lld%.16s", (long long)w->pairs, end);
    mm_tar_write(w->file.file, name, bytes, n);
    snprintf(name, sizeof name, "%09lld.txt", (long long)w->pairs++);
    mm_tar_write(w->file.file, name, text, strlen(text));
    if (++w->in_shard == w->per_shard) {
        w->failed = !end_shard(w, err);
    }
    return !w->failed;
}

bool mm_shards_finish(ShardWriter *w, Error *err)
{
    bool ok = !w->failed && end_shard(w, err);
    mm_atomic_abort(&w->file);
    free(w->folder);
    free(w);
    return ok;
}
