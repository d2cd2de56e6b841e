/* A disk that may lose power, be full, or be read-only; loaded before the C library (LD_PRELOAD) into PostgreSQL
 * or another program.
 *
 * What a file held when it was last synced is kept beside it, in the folder that KEPT_DISK names, under the file's inode.
 * At a power loss each file is taken back to that (`lose_unsynced`): what nobody synced is gone. Names, and that a file
 * was removed, count at once, as on a file system whose journal was just written.
 *
 * While KEPT_DISK holds a file `full`, no file of the folder that FAILING_DISK names grows; while it holds `read-only`,
 * nothing there changes. What is written over takes no room, as on most disks. Who asks is told that nothing is free. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECE = 65536, PATH = 4096 };

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

/* ---- what is synced ---- */

enum { NO_FILE = -2 };

/* Opens the copy of a file; NO_FILE if it is a folder or the like. A file is known by its inode and the moment it was
 * made: numbers of inodes are given again. */
static int open_kept(const char *kept, int fd, int flags)
{
    char path[PATH];
    struct statx s;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_BTIME, &s) != 0 || !S_ISREG(s.stx_mode))
        return NO_FILE;
    if (!(s.stx_mask & STATX_BTIME))
        abort();
    snprintf(path, sizeof path, "%s/%llu-%lld-%u", kept, (unsigned long long) s.stx_ino,
             (long long) s.stx_btime.tv_sec, s.stx_btime.tv_nsec);
    return open(path, flags, 0600);
}

/* Makes one file's content that of the other; how many bytes were not so already, in whole pieces. Nothing that both
 * have alike is touched, so that what breaks this off leaves no page that neither of them had. */
static long long copy(int from, int to)
{
    /* Not static: several threads of a program sync at once. */
    char wanted[PIECE], found[PIECE];
    long long differing = 0;
    off_t at = 0, end = lseek(to, 0, SEEK_END);
    ssize_t n;
    while ((n = pread(from, wanted, PIECE, at)) > 0) {
        if (pread(to, found, (size_t) n, at) != n || memcmp(wanted, found, (size_t) n) != 0) {
            if (REAL(pwrite)(to, wanted, (size_t) n, at) != n)
                abort();
            differing += n;
        }
        at += n;
    }
    if (end > at)
        differing += end - at;
    if (n < 0 || REAL(ftruncate)(to, at) != 0)
        abort();
    return differing;
}

/* Has what this file holds now survive. */
int keep(const char *kept, int fd)
{
    char itself[64];
    int to = open_kept(kept, fd, O_RDWR | O_CREAT | O_CLOEXEC);
    if (to == NO_FILE)
        return 0;
    snprintf(itself, sizeof itself, "/proc/self/fd/%d", fd);
    int from = open(itself, O_RDONLY | O_CLOEXEC);
    /* Who comes second must not be overtaken: it has seen more. */
    if (to < 0 || from < 0 || flock(to, LOCK_EX) != 0)
        abort();
    copy(from, to);
    close(from);
    close(to);
    return 0;
}

/* Takes this file back to what was synced of it; how many bytes that changes. */
long long lose_unsynced(const char *kept, int fd)
{
    int from = open_kept(kept, fd, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        long long size = lseek(fd, 0, SEEK_END);
        return REAL(ftruncate)(fd, 0) == 0 ? size : -1;
    }
    long long lost = copy(from, fd);
    close(from);
    return lost;
}

/* ---- what fails ---- */

static int is_told(const char *state)
{
    char path[PATH];
    const char *kept = getenv("KEPT_DISK");
    if (kept == NULL)
        return 0;
    snprintf(path, sizeof path, "%s/%s", kept, state);
    return access(path, F_OK) == 0;
}

static int is_on_disk(const char *path)
{
    const char *disk = getenv("FAILING_DISK");
    /* PostgreSQL works in its folder, and names files from there. */
    return disk != NULL && (path[0] != '/' || strncmp(path, disk, strlen(disk)) == 0);
}

static int is_file_on_disk(int fd)
{
    char itself[64], path[PATH];
    struct stat s;
    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode))
        return 0;
    snprintf(itself, sizeof itself, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(itself, path, sizeof path - 1);
    if (n <= 0)
        return 0;
    path[n] = 0;
    return is_on_disk(path);
}

static int fails(int code)
{
    errno = code;
    return -1;
}

/* Whether so many bytes can't be written there; the reason is in errno. */
static int cannot_hold(int fd, off_t at, size_t n)
{
    struct stat s;
    if (is_told("read-only") && is_file_on_disk(fd))
        return fails(EROFS);
    if (is_told("full") && is_file_on_disk(fd) && fstat(fd, &s) == 0 && at + (off_t) n > s.st_size)
        return fails(ENOSPC);
    return 0;
}

static int cannot_change(const char *path)
{
    return is_told("read-only") && is_on_disk(path) ? fails(EROFS) : 0;
}

static off_t place(int fd)
{
    return lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
}

/* The folder itself, or what is in it. */
static int is_of_disk(const char *path)
{
    const char *disk = getenv("FAILING_DISK");
    size_t n = strlen(path);
    return is_on_disk(path) || (disk != NULL && n + 1 == strlen(disk) && strncmp(path, disk, n) == 0);
}

/* ---- what PostgreSQL calls, and what Python does to ask for room ---- */

static int sync_file(int fd)
{
    const char *kept = getenv("KEPT_DISK");
    if (is_told("read-only") && is_file_on_disk(fd))
        return fails(EROFS);
    return kept == NULL ? 0 : keep(kept, fd);
}

int fsync(int fd) { return sync_file(fd); }
int fdatasync(int fd) { return sync_file(fd); }

ssize_t write(int fd, const void *bytes, size_t n)
{
    return cannot_hold(fd, place(fd), n) ? -1 : REAL(write)(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return cannot_hold(fd, at, n) ? -1 : REAL(pwrite)(fd, bytes, n, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
    size_t n = 0;
    for (int i = 0; i < count; i++)
        n += parts[i].iov_len;
    return cannot_hold(fd, at, n) ? -1 : REAL(pwritev)(fd, parts, count, at);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
    return cannot_hold(fd, at, (size_t) n) ? errno : REAL(posix_fallocate)(fd, at, n);
}

int ftruncate(int fd, off_t size)
{
    return is_told("read-only") && is_file_on_disk(fd) ? fails(EROFS) : REAL(ftruncate)(fd, size);
}

int statvfs(const char *path, struct statvfs *s)
{
    int done = REAL(statvfs)(path, s);
    if (done == 0 && is_told("full") && is_of_disk(path))
        s->f_bfree = s->f_bavail = 0;
    return done;
}

int statvfs64(const char *path, struct statvfs64 *s)
{
    int done = REAL(statvfs64)(path, s);
    if (done == 0 && is_told("full") && is_of_disk(path))
        s->f_bfree = s->f_bavail = 0;
    return done;
}

int rename(const char *from, const char *to) { return cannot_change(from) ? -1 : REAL(rename)(from, to); }
int unlink(const char *path) { return cannot_change(path) ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return cannot_change(path) ? -1 : REAL(mkdir)(path, mode); }

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY && cannot_change(path))
        return -1;
    return REAL(open)(path, flags, mode);
}
