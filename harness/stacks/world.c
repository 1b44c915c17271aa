/* Functions of the C library that tell time or randomness, in front of the C library's own. The
 * program exports them (CMakeLists.txt), so that shared objects it loads call these. While a stack
 * is at work they answer from its connection, so that the same seed gives the same bytes; else they
 * ask the kernel. */
#include "stacks/world.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define LARGEST_ENTROPY 256 /* getentropy(3) */

static struct {
    bool active;
    struct parley_random random;
    struct timespec now;
    bool watched;
    int64_t since; /* when the stack was entered */
    struct world_spent spent;
} world;

static int64_t spent_ns(void) {
    struct timespec t;
    (void)syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void world_enter(struct parley_random random, int64_t now_ms) {
    if (world.watched) {
        world.since = spent_ns();
    }
    world.active = true;
    world.random = random;
    world.now = (struct timespec){now_ms / 1000, now_ms % 1000 * 1000000};
}

void world_leave(void) {
    world.active = false;
    if (world.watched) {
        world.spent.ns += spent_ns() - world.since;
        world.spent.times++;
    }
}

struct world_spent world_watch(bool on) {
    struct world_spent spent = world.spent;
    world.watched = on;
    world.spent = (struct world_spent){0};
    return spent;
}

double world_clock_ns(void) {
    enum { TIMES = 2000 };
    int64_t start = spent_ns();
    for (int i = 1; i < TIMES; i++) {
        (void)spent_ns();
    }
    return (double)(spent_ns() - start) / TIMES;
}

EXPORTED ssize_t getrandom(void *buffer, size_t length, unsigned flags) {
    if (world.active && world.random.fill != NULL) {
        world.random.fill(world.random.arg, buffer, length);
        return (ssize_t)length;
    }
    return syscall(SYS_getrandom, buffer, length, flags);
}

EXPORTED int getentropy(void *buffer, size_t length) {
    if (length > LARGEST_ENTROPY) {
        errno = EIO;
        return -1;
    }
    return getrandom(buffer, length, 0) == (ssize_t)length ? 0 : -1;
}

EXPORTED int clock_gettime(clockid_t clock_id, struct timespec *tp) {
    if (world.active && clock_id != CLOCK_PROCESS_CPUTIME_ID &&
        clock_id != CLOCK_THREAD_CPUTIME_ID) {
        *tp = world.now;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock_id, tp);
}

EXPORTED time_t time(time_t *timer) {
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (timer != NULL) {
        *timer = now.tv_sec;
    }
    return now.tv_sec;
}

EXPORTED int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
    (void)tz;
    struct timespec now = {0, 0};
    int status = clock_gettime(CLOCK_REALTIME, &now);
    *tv = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return status;
}
