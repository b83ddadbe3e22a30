// What Swift cannot call or name by itself: variadic fcntl, flags behind _GNU_SOURCE, renameat2, struct statfs.
//
// Every function returns 0 (or the value asked for) or a negative errno, so that the error of one call cannot be
// overwritten by the next.
#ifndef LOCKKEEPER_CSYSTEMCALLS_H
#define LOCKKEEPER_CSYSTEMCALLS_H

#include <stdint.h>

/// Tries an exclusive flock(2) without waiting. -EWOULDBLOCK: refused.
int sys_flock_try(int descriptor);
/// Gives the flock back, also where duplicates of the descriptor stay open.
int sys_flock_release(int descriptor);

/// Tries an exclusive whole-file lock of the open file description (F_OFD_SETLK) without waiting. -EAGAIN or -EACCES:
/// refused. Unlike a POSIX lock it is not lost when another descriptor of the same file is closed.
int sys_ofd_try(int descriptor);
/// Tries an exclusive whole-file lock of the process (F_SETLK), the kind that Java and SQLite take, without waiting.
/// -EAGAIN or -EACCES: refused. Lost when the process closes any descriptor of the file.
int sys_posix_try(int descriptor);
/// Gives the whole-file lock back, also where duplicates of the descriptor stay open.
int sys_ofd_release(int descriptor);

/// Opens a file for reading past the page cache (O_DIRECT). -EINVAL where the file system has no direct reads.
int sys_open_direct(const char *path);

/// Renames `from` to `to` unless `to` exists (-EEXIST), atomically. -ENOSYS or -EINVAL where the file system cannot.
int sys_rename_if_absent(const char *from, const char *to);

/// CLOCK_BOOTTIME in nanoseconds: monotonic, and it goes on while the machine is suspended.
int64_t sys_boot_time_ns(void);
/// CLOCK_REALTIME in milliseconds since 1970: for people only.
int64_t sys_wall_time_ms(void);
/// Sleeps without signals, allocation or locks. Returns early if interrupted.
void sys_sleep_ns(int64_t nanoseconds);

/// Ends the process at once: no handlers, no flush, no allocation.
_Noreturn void sys_exit_now(int status);

/// Names the calling thread for `ps -L`; fifteen bytes at most.
void sys_name_thread(const char *name);

/// Keeps all signals from the calling thread: they are for the program's own.
void sys_block_signals(void);

/// 64 random bits from the kernel, or 0 where it has none to give.
uint64_t sys_random_64(void);

/// Waits until woken or until the time is over, and leaves the wake-up for others that wait.
void sys_wake_await(int wake, int64_t nanoseconds);

/// A non-blocking eventfd for waking a thread.
int sys_wake_make(void);
/// Wakes the thread that waits on it; callable from any thread.
void sys_wake(int wake);
/// Waits until woken or until the time is over, and takes the wake-up away. 1: woken, 0: time over.
int sys_wake_wait(int wake, int64_t nanoseconds);

/// The system's words for an error number, ended with a zero byte.
void sys_error_text(int number, char *text, int length);

/// What a symbolic link says, ended with a zero byte.
int sys_link_target(const char *path, char *text, int length);

/// Bounds what malloc keeps: how many arenas, from how much free memory at its end an arena shrinks, and from which size
/// on a block is mapped by itself and goes back to the system when it is freed (mallopt(3)).
void sys_bound_allocator(int arenas, int trim_bytes, int mmap_bytes);

/// What statx(2) says of a file.
struct storage_status {
    int64_t size;
    int64_t modified_ns;
    uint64_t device;
    uint64_t inode;
    uint32_t owner;
    uint32_t group;
    uint32_t mode;
};

/// Asks the storage itself, and not what this host remembers of the file (AT_STATX_FORCE_SYNC).
int sys_ask_status(const char *path, struct storage_status *status);

/// Makes the kernel look a name up again, also one that it remembers as missing. Never makes it: the answer is -EEXIST
/// where the name is, and -EXDEV where it is not.
int sys_force_lookup(const char *path);

/// Drops the clean pages that this host keeps of an open file.
int sys_forget_pages(int descriptor);

/// Makes `to`, an open empty file, share all of `from`'s blocks. -EOPNOTSUPP, -ENOTTY, -EINVAL or -EXDEV where the file
/// system cannot.
int sys_clone_file(int to, int from);

/// Gives an open file to the owner and group, with the permissions of `mode`.
int sys_give_to(int descriptor, uint32_t owner, uint32_t group, uint32_t mode);

/// Bytes that an ordinary user may still write to the file system that holds the path.
int sys_free_bytes(const char *path, int64_t *bytes);

/// f_type of statfs(2) as an unsigned number.
int sys_file_system_type(const char *path, uint64_t *type);

/// The numbers of statfs(2) and linux/magic.h for file systems this broker knows. GFS2 and Lustre from their sources.
#define SYS_FS_EXT4 ((uint64_t)0xEF53)
#define SYS_FS_XFS ((uint64_t)0x58465342)
#define SYS_FS_BTRFS ((uint64_t)0x9123683E)
#define SYS_FS_TMPFS ((uint64_t)0x01021994)
#define SYS_FS_OVERLAY ((uint64_t)0x794C7630)
#define SYS_FS_FUSE ((uint64_t)0x65735546)
#define SYS_FS_NFS ((uint64_t)0x6969)
#define SYS_FS_OCFS2 ((uint64_t)0x7461636F)
#define SYS_FS_GFS2 ((uint64_t)0x01161970)
#define SYS_FS_CEPH ((uint64_t)0x00C36400)
#define SYS_FS_LUSTRE ((uint64_t)0x0BD00BD0)
#define SYS_FS_9P ((uint64_t)0x01021997)
#define SYS_FS_CIFS ((uint64_t)0xFF534D42)
#define SYS_FS_SMB3 ((uint64_t)0xFE534D42)

/// Tries an exclusive POSIX lock of this process (F_SETLK) on a range, without waiting; a length of 0 is the whole file.
/// -EAGAIN or -EACCES: refused. Closing any descriptor of the file ends it.
int sys_fcntl_try(int descriptor, int64_t start, int64_t length);
/// Gives the range back.
int sys_fcntl_release(int descriptor, int64_t start, int64_t length);
/// Whether somebody else holds an fcntl lock on the file (F_OFD_GETLK), without taking one: 1 held, 0 free.
int sys_ofd_query(int descriptor);

/// Maps the beginning of a file so that others see what is stored. -ENODEV where the file system cannot.
int sys_map_shared(int descriptor, int64_t length, void **memory);
void sys_unmap(void *memory, int64_t length);
/// Reads and writes of mapped memory that no compiler moves or merges.
uint64_t sys_load_64(const void *memory);
void sys_store_64(void *memory, uint64_t value);

/// Two connected stream sockets, closed on exec.
int sys_socket_pair(int ends[2]);
/// Sends without SIGPIPE: bytes sent, or a negative errno.
int64_t sys_send(int socket, const void *bytes, int64_t count);

/// From now on SIGINT, SIGTERM and SIGHUP only raise the wake-up; see sys_caught_end(). The calling thread takes them,
/// also where whoever started this program had blocked them.
int sys_catch_ends(int wake);
/// The last of these signals that came, or 0.
int sys_caught_end(void);

#endif
