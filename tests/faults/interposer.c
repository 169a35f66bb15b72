/* Stands between a process and the C library's calls that change files, and does something at the n-th.
   Only regular files count: what goes to pipes and terminals is passed on uncounted. A sync returns at once:
   the process dies here and not the machine, and how long a disk takes is not asked. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, KILL_BEFORE, KILL_AFTER, NO_SPACE_ONCE, NO_SPACE, TERMINATE, HALT };

#define MOST 4096
static volatile long armed, calls, target;
static volatile int action;
static char said[MOST][256];

void jakstat_arm(int what, long at) { action = what; target = at; calls = 0; armed = 1; }
long jakstat_calls(void) { armed = 0; return calls; }
const char *jakstat_call(long n) { return n < MOST ? said[n] : "beyond the list"; }

static const char *path_of(int fd) {
    static __thread char path[256];
    char link[32];
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    errno = kept;
    return path;
}

/* Whether the call fails for want of space; frees is set for calls that give space back. */
static int before(const char *name, const char *path, int frees, long *mine) {
    if (!armed) { *mine = 0; return 0; }
    *mine = __sync_add_and_fetch(&calls, 1);
    if (*mine < MOST) snprintf(said[*mine], sizeof said[0], "%s %s", name, path);
    if (action == NO_SPACE && *mine >= target && !frees) { errno = ENOSPC; return 1; }
    if (*mine != target) return 0;
    if (action == KILL_BEFORE) { kill(getpid(), SIGKILL); for (;;) pause(); }
    if (action == HALT) raise(SIGSTOP);
    if (action == TERMINATE) kill(getpid(), SIGTERM);
    if (action == NO_SPACE_ONCE && !frees) { errno = ENOSPC; return 1; }
    return 0;
}
static void after(long mine) {
    if (mine && mine == target && action == KILL_AFTER) { kill(getpid(), SIGKILL); for (;;) pause(); }
}
static int regular(int fd) {
    struct stat s;
    int kept = errno, yes = fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
    errno = kept;
    return yes;
}

#define ASK(type, name, frees, counted, path, params, args)                             \
    type name params {                                                                  \
        static type (*plain) params;                                                    \
        long mine;                                                                      \
        if (!plain) plain = (type (*) params)dlsym(RTLD_NEXT, #name);                   \
        if (!(counted)) return plain args;                                              \
        if (before(#name, path, frees, &mine)) return -1;                               \
        type r = plain args;                                                            \
        after(mine);                                                                    \
        return r;                                                                       \
    }

ASK(ssize_t, write, 0, regular(fd), path_of(fd), (int fd, const void *b, size_t n), (fd, b, n))
ASK(ssize_t, pwrite, 0, regular(fd), path_of(fd), (int fd, const void *b, size_t n, off_t o), (fd, b, n, o))
ASK(ssize_t, pwrite64, 0, regular(fd), path_of(fd), (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o))
ASK(ssize_t, writev, 0, regular(fd), path_of(fd), (int fd, const struct iovec *v, int n), (fd, v, n))
ASK(int, ftruncate, 0, 1, path_of(fd), (int fd, off_t n), (fd, n))
ASK(int, ftruncate64, 0, 1, path_of(fd), (int fd, off64_t n), (fd, n))
ASK(int, rename, 0, 1, b, (const char *a, const char *b), (a, b))
ASK(int, renameat, 0, 1, b, (int d, const char *a, int e, const char *b), (d, a, e, b))
ASK(int, link, 0, 1, b, (const char *a, const char *b), (a, b))
ASK(int, linkat, 0, 1, b, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f))
ASK(int, mkdir, 0, 1, a, (const char *a, mode_t m), (a, m))
ASK(int, mkdirat, 0, 1, a, (int d, const char *a, mode_t m), (d, a, m))
ASK(int, unlink, 1, 1, a, (const char *a), (a))
ASK(int, unlinkat, 1, 1, a, (int d, const char *a, int f), (d, a, f))
ASK(int, rmdir, 1, 1, a, (const char *a), (a))

#define SYNC(name)                                                                      \
    int name(int fd) {                                                                  \
        long mine;                                                                      \
        if (before(#name, path_of(fd), 0, &mine)) return -1;                            \
        after(mine);                                                                    \
        return fcntl(fd, F_GETFD) < 0 ? -1 : 0;                                         \
    }
SYNC(fsync)
SYNC(fdatasync)

static int writes(const char *path, int flags) {
    return (flags & (O_WRONLY | O_RDWR | O_CREAT)) && strncmp(path, "/dev/", 5) && strncmp(path, "/proc/", 6);
}
#define MODE(flags) mode_t m = 0; if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list more; va_start(more, flags); m = va_arg(more, mode_t); va_end(more); }
#define OPEN(name)                                                                      \
    int name(const char *path, int flags, ...) {                                        \
        static int (*plain)(const char *, int, mode_t);                                 \
        long mine = 0;                                                                  \
        MODE(flags)                                                                     \
        if (!plain) plain = (int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, #name); \
        if (writes(path, flags) && before("open", path, 0, &mine)) return -1;           \
        int r = plain(path, flags, m);                                                  \
        after(mine);                                                                    \
        return r;                                                                       \
    }
#define OPENAT(name)                                                                    \
    int name(int at, const char *path, int flags, ...) {                                \
        static int (*plain)(int, const char *, int, mode_t);                            \
        long mine = 0;                                                                  \
        MODE(flags)                                                                     \
        if (!plain) plain = (int (*)(int, const char *, int, mode_t))dlsym(RTLD_NEXT, #name); \
        if (writes(path, flags) && before("open", path, 0, &mine)) return -1;           \
        int r = plain(at, path, flags, m);                                              \
        after(mine);                                                                    \
        return r;                                                                       \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
