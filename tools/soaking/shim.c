/* A disk that is slow, full or loses power, and a clock that jumps, for a process unaware of it.

   Place: LD_PRELOAD between the gateway (Python and SQLite) and the C library. The one who breaks
   things writes the control file while the gateway runs; `tools/soaking/shim.py` has the same layout.
   Guarantee: touches only regular files under NECKAR_SOAK_FOLDER, but for the clock. Without a
   control file every call goes straight through.

   A write is noted before it is made and crossed out when a sync that began after it has ended: what
   stands in the table when the process is killed is what a power cut could have damaged. Nothing of
   the table is kept in this process, so a kill at any moment leaves it whole. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FILES 16
#define NAME 240
#define RANGES 8192
#define FDS 1024

struct range {
    int32_t file; /* 1 .. FILES; 0: free. Written last */
    int32_t length;
    int64_t offset;
};

struct control {
    int64_t clock_ns;  /* added to the wall clock */
    int64_t room;      /* bytes by which files may still grow; -1: no bound */
    int64_t sync_us;   /* each sync takes so much longer */
    int32_t sync_fails; /* errno of each sync; 0: it works */
    int32_t overflow;  /* the table was full: nobody knows what is not synced */
    int64_t refused;   /* calls that failed because of `room` or `sync_fails` */
    int64_t syncs;
    char names[FILES][NAME];
    struct range ranges[RANGES];
};

static struct control *control;
static char folder[NAME];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { dev_t dev; ino_t ino; int file; } seen[FDS];
static int next_range;

/* `next` is the function of the C library that has this name. */
#define NEXT(type, name, ...)         \
    static type (*next)(__VA_ARGS__); \
    if (!next)                        \
    next = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("NECKAR_SOAK_CONTROL");
    const char *where = getenv("NECKAR_SOAK_FOLDER");
    if (!path || !where || strlen(where) >= NAME)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *map = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return;
    strcpy(folder, where);
    control = map;
}

/* ------------------------------------------------------------------ the clock */

int clock_gettime(clockid_t clock, struct timespec *at) {
    NEXT(int, clock_gettime, clockid_t, struct timespec *);
    int result = next(clock, at);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ns = at->tv_sec * 1000000000LL + at->tv_nsec + (control ? control->clock_ns : 0);
        at->tv_sec = ns / 1000000000LL;
        at->tv_nsec = ns % 1000000000LL;
    }
    return result;
}

time_t time(time_t *out) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (out)
        *out = at.tv_sec;
    return at.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone) {
    struct timespec at;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &at);
    out->tv_sec = at.tv_sec;
    out->tv_usec = at.tv_nsec / 1000;
    return 0;
}

/* ------------------------------------------------------------------ which file */

/* Return the number of a file's name in the table, 1 .. FILES, or 0 where there is no room. */
static int number_of(const char *name) {
    for (int i = 0; i < FILES; i++) {
        if (!control->names[i][0])
            strcpy(control->names[i], name); /* shorter than NAME: see file_of */
        if (!strcmp(control->names[i], name))
            return i + 1;
    }
    control->overflow = 1;
    return 0;
}

/* Return the number of a regular file under the folder, 0 of anything else; under the lock. */
static int file_of(int fd, struct stat *is) {
    char link[32], name[2 * NAME];
    int length = strlen(folder);
    if (!control || fd < 0 || fd >= FDS || fstat(fd, is) || !S_ISREG(is->st_mode))
        return 0;
    if (seen[fd].ino == is->st_ino && seen[fd].dev == is->st_dev)
        return seen[fd].file;
    seen[fd].ino = is->st_ino;
    seen[fd].dev = is->st_dev;
    seen[fd].file = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, name, sizeof name - 1);
    if (got <= length || got >= NAME)
        return 0;
    name[got] = 0;
    if (strncmp(name, folder, length) || name[length] != '/')
        return 0;
    return seen[fd].file = number_of(name);
}

/* ------------------------------------------------------------------ what is written */

static int is_index(int file) {
    const char *name = control->names[file - 1];
    size_t length = strlen(name);
    return length > 4 && !strcmp(name + length - 4, "-shm"); /* made anew after every crash */
}

static void note(int file, int64_t offset, int64_t length) {
    for (int tries = 0; tries < RANGES; tries++) {
        struct range *range = &control->ranges[next_range++ % RANGES];
        if (range->file)
            continue;
        range->offset = offset;
        range->length = (int32_t)length;
        __atomic_store_n(&range->file, file, __ATOMIC_RELEASE);
        return;
    }
    control->overflow = 1;
}

/* Return how many of `count` bytes at `offset` the disk takes, or -1 and ENOSPC; note the write. */
static int64_t admit(int fd, int64_t count, int64_t offset) {
    struct stat is;
    if (!control)
        return count;
    pthread_mutex_lock(&lock);
    int file = file_of(fd, &is);
    if (file) {
        int64_t grows = offset + count - is.st_size;
        int64_t room = control->room;
        if (room >= 0 && grows > 0) {
            if (grows > room)
                count -= grows - room;
            control->room = grows > room ? 0 : room - grows;
        }
        if (count <= 0) {
            control->refused++;
            count = -1;
            errno = ENOSPC;
        } else if (!is_index(file))
            note(file, offset, count);
    }
    pthread_mutex_unlock(&lock);
    return count;
}

static int64_t place(int fd) {
    if (!control)
        return 0;
    int flags = fcntl(fd, F_GETFL);
    struct stat is;
    if (flags >= 0 && flags & O_APPEND && !fstat(fd, &is))
        return is.st_size;
    int saved = errno;
    int64_t at = lseek(fd, 0, SEEK_CUR);
    errno = saved;
    return at < 0 ? 0 : at;
}

ssize_t write(int fd, const void *data, size_t count) {
    NEXT(ssize_t, write, int, const void *, size_t);
    int64_t most = count ? admit(fd, count, place(fd)) : 0;
    return most < 0 ? -1 : next(fd, data, most);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
    NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    int64_t most = count ? admit(fd, count, offset) : 0;
    return most < 0 ? -1 : next(fd, data, most, offset);
}

ssize_t pwrite(int, const void *, size_t, off_t) __attribute__((alias("pwrite64")));

ssize_t writev(int fd, const struct iovec *parts, int count) {
    NEXT(ssize_t, writev, int, const struct iovec *, int);
    int64_t bytes = 0;
    for (int i = 0; i < count; i++)
        bytes += parts[i].iov_len;
    int64_t most = bytes ? admit(fd, bytes, place(fd)) : 0;
    if (most < bytes && most >= 0 && bytes) { /* a whole one or none: nobody here counts on half */
        errno = ENOSPC;
        return -1;
    }
    return most < 0 ? -1 : next(fd, parts, count);
}

static int grow(int fd, int64_t size) {
    struct stat is;
    int result = 0;
    if (!control)
        return 0;
    pthread_mutex_lock(&lock);
    if (file_of(fd, &is) && control->room >= 0 && size > is.st_size) {
        if (size - is.st_size > control->room) {
            control->refused++;
            result = ENOSPC;
        } else
            control->room -= size - is.st_size;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int fd, off64_t size) {
    NEXT(int, ftruncate64, int, off64_t);
    int error = grow(fd, size);
    return error ? errno = error, -1 : next(fd, size);
}

int ftruncate(int, off_t) __attribute__((alias("ftruncate64")));

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    NEXT(int, posix_fallocate64, int, off64_t, off64_t);
    int error = grow(fd, offset + length);
    return error ? error : next(fd, offset, length);
}

int posix_fallocate(int, off_t, off_t) __attribute__((alias("posix_fallocate64")));

/* ------------------------------------------------------------------ syncs */

static int sync_with(int fd, int (*next)(int)) {
    static int32_t due[RANGES]; /* slots that were written before this sync; one sync at a time */
    static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
    struct stat is;
    int count = 0, result;
    if (!control)
        return next(fd);
    pthread_mutex_lock(&one);
    pthread_mutex_lock(&lock);
    int file = file_of(fd, &is);
    for (int i = 0; file && i < RANGES; i++)
        if (control->ranges[i].file == file)
            due[count++] = i;
    pthread_mutex_unlock(&lock);
    if (file && control->sync_us > 0)
        usleep(control->sync_us);
    if (file && control->sync_fails) {
        control->refused++;
        errno = control->sync_fails;
        result = -1;
    } else
        result = next(fd);
    if (file && result == 0) {
        control->syncs++;
        for (int i = 0; i < count; i++)
            __atomic_store_n(&control->ranges[due[i]].file, 0, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&one);
    return result;
}

int fsync(int fd) {
    NEXT(int, fsync, int);
    return sync_with(fd, next);
}

int fdatasync(int fd) {
    NEXT(int, fdatasync, int);
    return sync_with(fd, next);
}
