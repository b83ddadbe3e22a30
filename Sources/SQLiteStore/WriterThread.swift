import Glibc

/// An operating-system thread of the store's own: SQLite blocks in system calls, which Swift's cooperative threads
/// must not.
enum WriterThread {
    struct CannotStart: Error, Hashable {
        let systemError: Int32
    }

    private final class Start {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Runs `body` on a new thread, which ends with it.
    static func start(_ body: sending @escaping () -> Void) throws(CannotStart) {
        let start = Unmanaged.passRetained(Start(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw CannotStart(systemError: code)
        }
        pthread_detach(thread)
    }
}
