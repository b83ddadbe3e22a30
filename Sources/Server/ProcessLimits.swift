import CSystemCalls
import Glibc

/// What a broker process asks of the system for itself, before it starts any thread.
package enum ProcessLimits {
    /// Raises the number of open files to what is allowed, and keeps the allocator from hoarding.
    package static func apply() {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            limit.rlim_cur = min(limit.rlim_max, 65_536)
            // Where it is refused the limit stays what it was, and accepting connections says so when it is reached.
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        // Each arena keeps memory of its own: two suffice for a loop and a writer, and freed pages go back early.
        sys_bound_allocator(2, 1 << 20, 256 << 10)
    }
}
