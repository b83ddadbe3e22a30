import Election
import Glibc
import Synchronization

/// The doctor's own corner of the examined directory, `DIR/doctor`, and the promise to leave nothing there.
///
/// Every name in it starts with the name and the session of whoever answers for it. Two doctors share the corner; the
/// one that leaves last removes it.
final class Scratch: Sendable {
    static let directoryName = "doctor"

    let directory: String
    /// `NAME.SESSION.`
    let prefix: String
    /// Guards who else's files are to be removed, because their owner is gone.
    private let orphaned = Mutex<[String]>([])

    init(in directory: String, name: String, session: String) {
        self.directory = "\(directory)/\(Self.directoryName)"
        self.prefix = "\(name).\(session)."
    }

    /// Makes the corner, and a first file in it: until that is there, whoever leaves may take the empty corner away.
    func open() throws(SystemFailure) {
        var attempts = 0
        while true {
            try FileNames.makeDirectory(self.directory)
            do throws(SystemFailure) {
                _ = try ProbeFile.createExclusively("\(self.directory)/\(self.prefix)here")
                return
            } catch {
                attempts += 1
                guard error.errorNumber == ENOENT, attempts < 10 else { throw error }
            }
        }
    }

    /// The files of another doctor, which has ended without taking them away.
    func adopt(prefix: String) { self.orphaned.withLock { $0.append(prefix) } }

    /// Removes all files of this doctor and of those it answers for, and the corner itself if it is empty then.
    ///
    /// - Returns: What could not be removed.
    @discardableResult func clean() -> [String] {
        let prefixes = [self.prefix] + self.orphaned.withLock { $0 }
        var left: [String] = []
        do throws(SystemFailure) {
            for name in try FileNames.list(self.directory) {
                // Temporary names have a dot in front.
                let plain = name.hasPrefix(".") ? String(name.dropFirst()) : name
                guard prefixes.contains(where: plain.hasPrefix) else { continue }
                if !self.remove(name) { left.append("\(self.directory)/\(name)") }
            }
            try ProbeFile.removeDirectory(self.directory)
        } catch {
            left.append("\(self.directory) (\(error.reason))")
        }
        return left
    }

    private func remove(_ name: String) -> Bool {
        let path = "\(self.directory)/\(name)"
        do throws(SystemFailure) {
            if try ProbeFile.isDirectory(path) == true {
                for child in try FileNames.list(path) { try Self.removeFile("\(path)/\(child)") }
                try ProbeFile.removeDirectory(path)
            } else {
                try Self.removeFile(path)
            }
            return true
        } catch {
            return false
        }
    }

    /// Also where this host remembers that there was no such name.
    private static func removeFile(_ path: String) throws(SystemFailure) {
        Self.lookAgain(path)
        try FileNames.remove(path)
    }

    private static func lookAgain(_ path: String) {
        do throws(SystemFailure) {
            _ = try FileNames.lookUpAgain(path)
        } catch {
            // The removal says what is wrong.
            return
        }
    }
}
