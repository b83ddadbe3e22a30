#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int sys_flock_try(int descriptor) {
    int result;
    do {
        result = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

int sys_flock_release(int descriptor) {
    return flock(descriptor, LOCK_UN) == 0 ? 0 : -errno;
}

static int ofd_set(int descriptor, short type) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);  // l_pid must be 0 for locks of open file descriptions
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    int result;
    do {
        result = fcntl(descriptor, F_OFD_SETLK, &lock);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

int sys_ofd_try(int descriptor) {
    return ofd_set(descriptor, F_WRLCK);
}

int sys_posix_try(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    return fcntl(descriptor, F_SETLK, &lock) == 0 ? 0 : -errno;
}

int sys_ofd_release(int descriptor) {
    return ofd_set(descriptor, F_UNLCK);
}

int sys_open_direct(const char *path) {
    int descriptor = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int sys_rename_if_absent(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : -errno;
}

int64_t sys_boot_time_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t sys_wall_time_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct timespec split(int64_t nanoseconds) {
    struct timespec time = {0, 0};
    if (nanoseconds > 0) {
        time.tv_sec = (time_t)(nanoseconds / 1000000000);
        time.tv_nsec = (long)(nanoseconds % 1000000000);
    }
    return time;
}

void sys_sleep_ns(int64_t nanoseconds) {
    struct timespec time = split(nanoseconds);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

void sys_exit_now(int status) {
    _exit(status);
}

void sys_name_thread(const char *name) {
    // A longer name is refused and leaves the old one, which harms nobody.
    pthread_setname_np(pthread_self(), name);
}

void sys_block_signals(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

uint64_t sys_random_64(void) {
    uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) {
        return 0;
    }
    return value;
}

int sys_wake_make(void) {
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake >= 0 ? wake : -errno;
}

void sys_wake(int wake) {
    uint64_t one = 1;
    // The only failure is a full counter, and then the thread is already being woken.
    ssize_t written = write(wake, &one, sizeof one);
    (void)written;
}

void sys_wake_await(int wake, int64_t nanoseconds) {
    struct pollfd entry = {wake, POLLIN, 0};
    struct timespec time = split(nanoseconds);
    ppoll(&entry, 1, &time, NULL);
}

int sys_wake_wait(int wake, int64_t nanoseconds) {
    struct pollfd entry = {wake, POLLIN, 0};
    struct timespec time = split(nanoseconds);
    if (ppoll(&entry, 1, &time, NULL) <= 0) {
        return 0;
    }
    uint64_t count = 0;
    ssize_t taken = read(wake, &count, sizeof count);
    return taken == (ssize_t)sizeof count ? 1 : 0;
}

void sys_error_text(int number, char *text, int length) {
    char scratch[128];
    const char *words = strerror_r(number, scratch, sizeof scratch);
    snprintf(text, (size_t)length, "%s", words);
}

int sys_link_target(const char *path, char *text, int length) {
    ssize_t count = readlink(path, text, (size_t)length - 1);
    if (count < 0) {
        return -errno;
    }
    text[count] = 0;
    return 0;
}

int sys_file_system_type(const char *path, uint64_t *type) {
    struct statfs about;
    int result;
    do {
        result = statfs(path, &about);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return -errno;
    }
    // Sign extension must not turn 0xFF534D42 into a 64-bit negative.
    *type = (uint64_t)about.f_type & 0xFFFFFFFFu;
    return 0;
}
