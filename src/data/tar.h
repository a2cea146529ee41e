/* tar.h: files one after the other in one file. Private to src/data. */
#ifndef MM_TAR_H
#define MM_TAR_H

#include "mm/io.h"

enum { MM_TAR_BLOCK = 512, MM_TAR_NAME = 4096 };

/* An archive that is read: POSIX's ustar and pax, GNU's long names. Links, folders and devices are passed over. */
typedef struct Tar {
    int fd;
    const char *path;    /* for messages */
    int64_t bytes, next; /* size of the archive; where the next header is */
    char name[MM_TAR_NAME];
    int64_t at, size; /* of the file found last: where its bytes are, how many */
} Tar;

bool mm_tar_open(Tar *t, const char *path, Error *err); /* path must outlive t */
void mm_tar_close(Tar *t);
/* The next file: 1, 0: there is none, -1: the archive is damaged from here on. A file that was found is there to its last byte. */
int mm_tar_next(Tar *t, Error *err);

/* A file as an archive has it. name: less than 100 bytes. */
void mm_tar_write(FILE *f, const char *name, const void *bytes, size_t n);
void mm_tar_write_end(FILE *f);

#endif
