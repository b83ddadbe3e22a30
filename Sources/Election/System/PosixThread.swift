import CSystemCalls
import Glibc

/// A thread of the operating system, for work that blocks in file calls or must run whatever else does.
package enum PosixThread {
    private final class Work {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a detached thread. Signals are kept from it.
    ///
    /// - Parameter name: at most fifteen bytes, as `ps -L` and `top -H` show it.
    package static func start(
        name: String, stackBytes: Int, _ body: @escaping @Sendable () -> Void
    ) throws(SystemFailure) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                sys_block_signals()
                sys_name_thread(work.name)
                work.body()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw SystemFailure("pthread_create", name, result)
        }
    }
}

/// Wakes a thread, or lets threads wait for something that happens once. Usable from all threads.
package final class Signal: Sendable {
    private let descriptor: Int32

    package init() throws(SystemFailure) {
        let descriptor = sys_wake_make()
        guard descriptor >= 0 else { throw SystemFailure("eventfd", "elector", -descriptor) }
        self.descriptor = descriptor
    }

    deinit { close(self.descriptor) }

    package func raise() { sys_wake(self.descriptor) }

    /// Waits for one raise, or for the time, and takes the raise away.
    package func wait(atMost duration: Duration) { _ = sys_wake_wait(self.descriptor, duration.wholeNanoseconds) }

    /// Waits for a raise, or for the time, and leaves the raise for others.
    package func await(atMost duration: Duration) { sys_wake_await(self.descriptor, duration.wholeNanoseconds) }
}
