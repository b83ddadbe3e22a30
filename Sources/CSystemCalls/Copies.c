#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int sys_ask_status(const char *path, struct storage_status *status) {
    struct statx about;
    memset(&about, 0, sizeof about);
    int result;
    do {
        result = statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &about);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return -errno;
    }
    status->size = (int64_t)about.stx_size;
    status->modified_ns = about.stx_mtime.tv_sec * 1000000000 + about.stx_mtime.tv_nsec;
    status->device = makedev(about.stx_dev_major, about.stx_dev_minor);
    status->inode = about.stx_ino;
    status->owner = about.stx_uid;
    status->group = about.stx_gid;
    status->mode = about.stx_mode;
    return 0;
}

int sys_force_lookup(const char *path) {
    // The lookup comes before the check that both names are on one mount, and /proc is on no other.
    return linkat(AT_FDCWD, "/proc/self/stat", AT_FDCWD, path, 0) == 0 ? 0 : -errno;
}

int sys_forget_pages(int descriptor) {
    return -posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
}

int sys_clone_file(int to, int from) {
    int result;
    do {
        result = ioctl(to, FICLONE, from);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

int sys_give_to(int descriptor, uint32_t owner, uint32_t group, uint32_t mode) {
    // Ownership first: a change of owner takes set-id bits away, and a mode is not needed by anybody else before it.
    if (fchown(descriptor, owner, group) != 0) {
        return -errno;
    }
    return fchmod(descriptor, mode & 07777) == 0 ? 0 : -errno;
}

int sys_free_bytes(const char *path, int64_t *bytes) {
    struct statvfs about;
    int result;
    do {
        result = statvfs(path, &about);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return -errno;
    }
    *bytes = (int64_t)(about.f_bavail * about.f_frsize);
    return 0;
}
