#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static int range_set(int descriptor, int command, short type, int64_t start, int64_t length) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)start;
    lock.l_len = (off_t)length;
    int result;
    do {
        result = fcntl(descriptor, command, &lock);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

int sys_fcntl_try(int descriptor, int64_t start, int64_t length) {
    return range_set(descriptor, F_SETLK, F_WRLCK, start, length);
}

int sys_fcntl_release(int descriptor, int64_t start, int64_t length) {
    return range_set(descriptor, F_SETLK, F_UNLCK, start, length);
}

int sys_ofd_query(int descriptor) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    int result;
    do {
        result = fcntl(descriptor, F_OFD_GETLK, &lock);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return -errno;
    }
    return lock.l_type == F_UNLCK ? 0 : 1;
}

int sys_map_shared(int descriptor, int64_t length, void **memory) {
    void *mapped = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped == MAP_FAILED) {
        return -errno;
    }
    *memory = mapped;
    return 0;
}

void sys_unmap(void *memory, int64_t length) {
    munmap(memory, (size_t)length);
}

uint64_t sys_load_64(const void *memory) {
    return __atomic_load_n((const uint64_t *)memory, __ATOMIC_ACQUIRE);
}

void sys_store_64(void *memory, uint64_t value) {
    __atomic_store_n((uint64_t *)memory, value, __ATOMIC_RELEASE);
}

int sys_socket_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : -errno;
}

int64_t sys_send(int socket, const void *bytes, int64_t count) {
    ssize_t sent;
    do {
        sent = send(socket, bytes, (size_t)count, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : -errno;
}

static volatile sig_atomic_t caught_end;
static int end_wake = -1;

static void note_end(int number) {
    int before = errno;
    caught_end = number;
    sys_wake(end_wake);
    errno = before;
}

int sys_catch_ends(int wake) {
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigset_t unblocked;
    sigemptyset(&unblocked);
    action.sa_handler = note_end;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    end_wake = wake;
    for (size_t index = 0; index < sizeof ends / sizeof ends[0]; index++) {
        if (sigaction(ends[index], &action, NULL) != 0) {
            return -errno;
        }
        sigaddset(&unblocked, ends[index]);
    }
    // Whoever started this program may keep these signals from its own threads, and a child inherits that.
    int result = pthread_sigmask(SIG_UNBLOCK, &unblocked, NULL);
    return -result;
}

int sys_caught_end(void) {
    return caught_end;
}
