import SQLite

/// Looks whose lease it is.
protocol LeaseLook: AnyObject {
    func look(for epoch: Epoch, _ instance: InstanceID) -> LeaseProbe.Finding
}

/// Reads whose lease it is, on a read-only connection of its own that stays open. Belongs to one thread.
///
/// Rollback journal and NORMAL locking make SQLite re-read its change counter with each look, so what it says is what
/// is in the file, and not what was cached.
final class LeaseProbe: LeaseLook {
    private let database: Database
    private let identity: FileIdentity
    private let path: String
    private let select: Statement

    /// Longer than a renewal under way, shorter than the time a commit may take.
    private static let patienceMilliseconds: Int32 = 1000

    init(directory: String) throws(LeaseError) {
        let path = LeaseReader.path(in: directory)
        let found = try LeaseError.files { () throws(SystemFailure) in try FileIdentity.ofPath(path) }
        guard let identity = found else { throw .notOpen }
        let (database, select) = try LeaseError.database { () throws(SQLiteError) in
            let database = try Database(path: path, access: .readOnly, busyTimeoutMs: Self.patienceMilliseconds)
            return (database, try database.prepare(LeaseStatements.selectOwner, for: "looking at the lease"))
        }
        self.path = path
        self.identity = identity
        self.database = database
        self.select = select
    }

    enum Finding: Hashable, Sendable {
        case ours
        case another(Epoch, InstanceID?)
        /// The row or the file is gone, or another file has its name.
        case gone
        case unknown(String)
    }

    func look(for epoch: Epoch, _ instance: InstanceID) -> Finding {
        do throws(SystemFailure) {
            guard try FileIdentity.ofPath(self.path) == self.identity else { return .gone }
        } catch {
            return .unknown(error.description)
        }
        do throws(SQLiteError) {
            // The read lock must not outlast the look, or the next renewal would wait for it.
            defer { self.select.reset() }
            guard try self.select.step() else { return .gone }
            let found = Epoch(self.select.integer(0))
            let holder = InstanceID(parsing: self.select.text(1) ?? "")
            return found == epoch && holder == instance ? .ours : .another(found, holder)
        } catch {
            return .unknown(error.description)
        }
    }
}
