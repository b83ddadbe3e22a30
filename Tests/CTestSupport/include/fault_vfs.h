// A SQLite file system for tests: passes everything on to the default one, counts it, and fails on demand.
// It also keeps what has been synced, to tell what a loss of power could leave behind.

#ifndef LOCKKEEPER_FAULT_VFS_H
#define LOCKKEEPER_FAULT_VFS_H

#include <stdint.h>

typedef struct fault_vfs fault_vfs;

enum fault_operation {
    FAULT_READ = 1,
    FAULT_WRITE = 2,
    FAULT_SYNC = 4,
    FAULT_TRUNCATE = 8,
    FAULT_OPEN = 16,
};

enum fault_file {
    FAULT_DATABASE = 1,
    FAULT_LOG = 2,
    FAULT_JOURNAL = 4,
};

/// Registers a file system with SQLite under `name`, which is copied. Never freed: connections may outlive a test.
fault_vfs *fault_vfs_create(const char *name);

/// From the `after`-th matching call on (0: the next one), calls fail with SQLite's `code` and `system_error` as errno.
/// `operations` and `files` are sums of the constants above. Replaces what was set before.
void fault_vfs_fail(fault_vfs *vfs, int operations, int files, int after, int code, int system_error);
void fault_vfs_heal(fault_vfs *vfs);

/// Calls so far.
int64_t fault_vfs_count(fault_vfs *vfs, int operations, int files);

/// Files may grow by `bytes` in all from now on; what would go beyond fails as a full disk does. Negative: no limit.
void fault_vfs_limit_growth(fault_vfs *vfs, int64_t bytes);

/// At the `call`-th write, sync or truncation from now (0: the next one), before it has any effect, writes to
/// `directory` the files as they might be if the power failed then: of every write since the file's last sync, each
/// sector of 512 bytes is there or not, as `seed` decides.
void fault_vfs_lose_power(fault_vfs *vfs, int64_t call, uint64_t seed, const char *directory);

/// Whether that has happened.
int fault_vfs_has_lost_power(fault_vfs *vfs);

#endif
