import Synchronization

/// All helper processes of this doctor, so that whoever ends it can end them first: one that goes on would leave files.
final class Helpers: Sendable {
    private struct State {
        var pids: Set<Int32> = []
        var isClosed = false
    }

    /// Guards the processes and whether there may be more.
    private let state = Mutex(State())

    /// Nil: the doctor is ending, and there are no more helpers.
    func start<Failure: Error>(_ body: () throws(Failure) -> ChildProgram) throws(Failure) -> ChildProgram? {
        guard !self.state.withLock({ $0.isClosed }) else { return nil }
        let child = try body()
        let isLate = self.state.withLock { state in
            state.pids.insert(child.pid)
            return state.isClosed
        }
        if isLate { child.end() }
        return isLate ? nil : child
    }

    func forget(_ child: ChildProgram) {
        self.state.withLock { _ = $0.pids.remove(child.pid) }
    }

    /// Kills them all, and allows no more.
    func close() {
        let pids = self.state.withLock { state in
            state.isClosed = true
            return state.pids
        }
        ChildProgram.end(pids)
    }
}
