/* The time for libFuzzer. Stacks are told another one (stacks/world.c), and libFuzzer's alarm comes
 * in the midst of them: it would take the difference for a run that has lasted for ages. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What the linker puts in the place of clock_gettime within this program, libFuzzer's libstdc++
 * (which is linked statically for this) among it, but not in plugins. */
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now) {
    return (int)syscall(SYS_clock_gettime, id, now);
}
