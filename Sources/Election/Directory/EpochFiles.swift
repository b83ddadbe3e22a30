import Glibc

/// The files `epoch.N`: each is created once, exclusively, by the broker that claims epoch N.
///
/// Creating a name exclusively is atomic even where locks are not, so two brokers never hold the same epoch.
package struct EpochFiles {
    private static let prefix = "epoch."
    /// More than one, so that a listing that is behind still shows a recent one.
    private static let kept = 8

    private let directory: String

    init(directory: String) {
        self.directory = directory
    }

    package enum Claim: Hashable, Sendable {
        case claimed
        /// Somebody else claimed this epoch.
        case taken
    }

    /// The highest epoch that has a file; ``Epoch/none`` in a new directory.
    func highest() throws(SystemFailure) -> Epoch {
        try self.all().max() ?? .none
    }

    /// Claims the epoch for the holder that the line names.
    func claim(_ epoch: Epoch, line: String) throws(SystemFailure) -> Claim {
        let file: FileHandle
        do throws(SystemFailure) {
            file = try FileHandle.open(self.path(of: epoch), O_WRONLY | O_CREAT | O_EXCL)
        } catch {
            if error.errorNumber == EEXIST { return .taken }
            throw error
        }
        // The line is for people: the name alone is the claim, and a full disk must not keep anybody from serving.
        do throws(SystemFailure) {
            try file.write(Array((line + "\n").utf8), at: 0)
        } catch {
            guard error.isNoRoom else { throw error }
        }
        return .claimed
    }

    /// Removes all but the newest few.
    func prune() throws(SystemFailure) {
        for epoch in try self.all().sorted(by: >).dropFirst(Self.kept) {
            try FileNames.remove(self.path(of: epoch))
        }
    }

    private func path(of epoch: Epoch) -> String { "\(self.directory)/\(Self.prefix)\(epoch)" }

    private func all() throws(SystemFailure) -> [Epoch] {
        try FileNames.list(self.directory).compactMap { name in
            guard name.hasPrefix(Self.prefix) else { return nil }
            let digits = name.dropFirst(Self.prefix.count)
            // Only what claim() writes: no sign, no leading zero.
            guard let number = Int64(digits), number > 0, String(number) == digits else { return nil }
            return Epoch(number)
        }
    }
}
