import CTestSupport
import Glibc
import Synchronization
package import Testing

/// Runs each test of a suite on a thread of its own.
///
/// Tests share as many threads as there are processors. One that waits for programs would keep all others from running,
/// and where others compute for long it would come too late to what a program has said.
package struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let executor = ThreadExecutor()
        defer { executor.end() }
        try await withTaskExecutorPreference(executor) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    package static var ownThread: Self { Self() }
}

/// One thread that runs what a task has to do, in turn.
package final class ThreadExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var hasEnded = false
    }

    /// Guards what is to be done; the thread is told by a byte in the pipe.
    private let state = Mutex(State())
    private let wakeUps: (read: Int32, write: Int32)

    package init() {
        var ends: [Int32] = [-1, -1]
        guard test_pipe(&ends) == 0 else { fatalError("pipe failed: errno \(errno)") }
        self.wakeUps = (ends[0], ends[1])
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<ThreadExecutor>.fromOpaque(argument).takeRetainedValue().work() }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        guard result == 0 else { fatalError("pthread_create failed: errno \(result)") }
        pthread_detach(thread)
    }

    deinit {
        close(self.wakeUps.read)
        close(self.wakeUps.write)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.state.withLock { $0.jobs.append(job) }
        self.wakeUp()
    }

    /// Lets the thread end once nothing is left to do.
    package func end() {
        self.state.withLock { $0.hasEnded = true }
        self.wakeUp()
    }

    private func wakeUp() {
        var byte: UInt8 = 1
        while write(self.wakeUps.write, &byte, 1) < 0, errno == EINTR {}
    }

    private func work() {
        while true {
            var byte: UInt8 = 0
            guard read(self.wakeUps.read, &byte, 1) == 1 || errno == EINTR else { return }
            let (jobs, hasEnded) = self.state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.hasEnded)
            }
            for job in jobs { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
            if hasEnded && jobs.isEmpty { return }
        }
    }
}
