import Election

/// An operator's side of what he asks of a master.
struct RequestAsker {
    let directory: DataDirectory
    /// What the requests change, for people.
    let subject: String
    /// The command that shows it.
    let look: String

    /// Asks the master, and returns once all of it is durable.
    ///
    /// - Returns: false where something that was to be changed is not there, or not any more.
    /// - Throws: a line for the operator where nobody serves, or the master does not answer in time.
    func ask(_ requests: [OperatorRequest], waitMs: Int64) throws(StartError) -> Bool {
        guard try StatusReport.read(self.directory).hasMaster else {
            throw StartError(
                .unavailable,
                "no master serves \(self.directory.path): start a broker, it alone may change \(self.subject)")
        }
        let files = RequestFiles(directory: self.directory.path)
        let start = SystemClock.monotonicMs()
        let name = RequestFiles.name(atMs: SystemClock.wallMs())
        do throws(SystemFailure) {
            try files.ask(requests, name: name)
        } catch {
            throw StartError(
                .noPermission,
                "cannot write into \(self.directory.path)/\(RequestFiles.folder): \(error); run this as the user of "
                    + "the broker")
        }
        while true {
            switch files.takeAnswer(name) {
            case .done?: return true
            case .notFound?: return false
            case .refused(let reason)?: throw StartError(.software, "the master says: \(reason)")
            case nil: break
            }
            guard SystemClock.monotonicMs() - start < waitMs else { break }
            RequestFiles.pause(milliseconds: 20)
        }
        let isUndone = files.withdraw(name)
        throw StartError(
            .temporaryFailure,
            isUndone
                ? "the master did not answer in time, and nothing was done; see lockkeeper status"
                : "the master did not answer in time, and may still be at it; see \(self.look)")
    }
}
