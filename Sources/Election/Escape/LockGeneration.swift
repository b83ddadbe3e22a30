import Glibc

/// A new generation of the two lock files: under their names from then on, while the old files keep whatever locks a
/// host that is gone has on them.
///
/// Whoever holds an old one finds that its name means another file (``LockFiles/prove()``) and is no master any more;
/// whoever waits opens the new ones with its next try.
struct LockGeneration {
    let directory: String
    let epoch: Epoch
    let beforeChange: @Sendable () throws(SystemFailure) -> Void

    /// Puts a new file in place of one. Returns the old one's new name; nil where there was none, or where the file
    /// system cannot keep it under another name without a moment in which there is no lock file at all.
    ///
    /// - Parameter stillOurs: asked before each step that others would notice.
    func replace(
        _ name: String, line: String, stillOurs: () throws(EscapeRefusal) -> Void
    ) throws(EscapeRefusal) -> String? {
        let path = "\(self.directory)/\(name)"
        let made = "\(path).new-\(self.epoch)"
        let old = try EscapeRefusal.files { () throws(SystemFailure) in
            try self.removeUnfinished(name)
            let old = try FileStatus.fresh(path)
            try self.beforeChange()
            let file = try FileHandle.open(made, O_RDWR | O_CREAT | O_EXCL)
            if let old { try file.give(to: old) }
            try self.beforeChange()
            try file.write(Array((line + "\n").utf8), at: 0)
            try file.synchronize()
            return old
        }
        try stillOurs()
        return try EscapeRefusal.files { () throws(SystemFailure) in
            try self.beforeChange()
            let kept = old == nil ? nil : try KeptFile.keep(path, epoch: self.epoch)
            try self.beforeChange()
            try FileNames.rename(made, to: path)
            try self.beforeChange()
            try FileNames.synchronize(self.directory)
            return kept
        }
    }

    /// Takes the probe files away, which the next master makes again: the dead host's locks on them would be taken for
    /// those of the new one.
    func dropProbes() throws(SystemFailure) {
        for kind in LockMatrix.Kind.allCases {
            try self.beforeChange()
            try FileNames.remove(ProbeFiles.path(of: kind, in: self.directory))
        }
    }

    /// Of take-overs that were broken off. One that only slept finds its file gone and fails.
    private func removeUnfinished(_ name: String) throws(SystemFailure) {
        for other in try FileNames.list(self.directory) where other.hasPrefix("\(name).new-") {
            try FileNames.remove("\(self.directory)/\(other)")
        }
    }
}

/// Second names for files that are about to lose theirs.
enum KeptFile {
    private static let triesAtNames = 100

    /// The name under which the file is found from now on, `NAME.stale-EPOCH` or, where that is another file already,
    /// with a further number. Nil: this file system has no hard links.
    static func keep(_ path: String, epoch: Epoch) throws(SystemFailure) -> String? {
        for number in 1...Self.triesAtNames {
            let kept = number == 1 ? "\(path).stale-\(epoch)" : "\(path).stale-\(epoch).\(number)"
            guard let isMade = try FileNames.linkIfAbsent(path, to: kept) else { return nil }
            let isSame = isMade ? true : try FileIdentity.onStorage(kept) == FileIdentity.onStorage(path)
            if isSame { return FileNames.parts(of: kept).name }
        }
        throw SystemFailure("link", path, EEXIST)
    }
}
