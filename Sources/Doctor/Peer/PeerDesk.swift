import Election
import Glibc
import Synchronization

/// Keeps this doctor's record on the storage: a beat four times a second, and each change at once.
final class PeerDesk: Sendable {
    private struct State: ~Copyable {
        var record: PeerRecord
        var file: FileHandle?
        var isClosed = false
        var failure: SystemFailure?
    }

    private static let beat: Int64 = 250_000

    let path: String
    private let temporary: String
    /// Guards record and file, and with them the order of writes.
    private let state: Mutex<State>

    init(_ record: PeerRecord, scratch: Scratch) {
        self.path = "\(scratch.directory)/\(scratch.prefix)\(PeerRecord.ending.dropFirst())"
        self.temporary = "\(scratch.directory)/.\(scratch.prefix)peer"
        self.state = Mutex(State(record: record, file: nil))
    }

    /// Makes the record known, and starts its beats.
    func open() throws(SystemFailure) {
        let result = self.state.withLock { state -> Result<Void, SystemFailure> in
            do throws(SystemFailure) {
                let file = try FileHandle.open(self.temporary, O_RDWR | O_CREAT | O_TRUNC)
                try file.write(state.record.encoded(), at: 0)
                try file.synchronize()
                try FileNames.rename(self.temporary, to: self.path)
                state.file = consume file
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        try PosixThread.start(name: "doctor-beat", stackBytes: 1 << 19) {
            while self.beat() { DoctorClock.pause(microseconds: Self.beat) }
        }
    }

    /// Changes the record, and returns once it is on the storage.
    func change(_ body: (inout PeerRecord) -> Void) throws(SystemFailure) {
        let failure = self.state.withLock { state -> SystemFailure? in
            body(&state.record)
            return Self.write(&state)
        }
        if let failure { throw failure }
    }

    /// Ends the beats. The file stays for ``Scratch/clean()``.
    func close() {
        self.state.withLock {
            $0.isClosed = true
            $0.file = nil
        }
    }

    private func beat() -> Bool {
        self.state.withLock { state in
            guard !state.isClosed else { return false }
            state.failure = Self.write(&state)
            return true
        }
    }

    private static func write(_ state: inout State) -> SystemFailure? {
        state.record.counter += 1
        do throws(SystemFailure) {
            try state.file?.write(state.record.encoded(), at: 0)
            try state.file?.synchronize()
            return nil
        } catch {
            return error
        }
    }
}
