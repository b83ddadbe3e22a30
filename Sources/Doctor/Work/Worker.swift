import Election

/// Carries out tasks on the files of one scratch directory, in this process and on the calling thread.
///
/// A task names files relative to the scratch directory, which hosts may have mounted at different places.
final class Worker {
    let scratch: String
    /// Locks held until `release`.
    var held: [ProbeLock] = []
    /// Files kept open under their names.
    var kept: [String: KeptFile] = [:]
    var blocks: BlockWriter?

    init(scratch: String) { self.scratch = scratch }

    /// Never throws: what goes wrong is an answer too.
    func perform(_ task: Message) -> Message {
        guard let verb = Verb(rawValue: task.verb) else { return .failed("unknown task \(task.verb)") }
        do throws(WorkError) {
            return try self.perform(verb, task)
        } catch {
            switch error {
            case .system(let failure): return .failed(failure)
            case .doctor(let error): return .failed(error.description)
            }
        }
    }

    private func perform(_ verb: Verb, _ task: Message) throws(WorkError) -> Message {
        switch verb {
        case .hold: try self.hold(task)
        case .attempt: try self.attempt(task)
        case .waitFor: try self.waitFor(task)
        case .release: self.release()
        case .count: try self.count(task)
        case .pingPong: try self.pingPong(task)
        case .make: try self.make(task)
        case .number: try self.number(task)
        case .race: try self.race(task)
        case .append: try self.append(task)
        case .records: try self.records(task)
        case .synchronize: try self.synchronize(task)
        case .identity: try self.identity(task)
        case .rename: try self.rename(task)
        case .replace: try self.replace(task)
        case .keep: try self.keep(task)
        case .waitReplaced: try self.waitReplaced(task)
        case .showPrepare: try self.showPrepare(task)
        case .show: try self.show(task)
        case .watch: try self.watch(task)
        case .mapWrite: try self.mapWrite(task)
        case .mapRead: try self.mapRead(task)
        case .sqlPrepare: self.sqlPrepare(task)
        case .sqlWrite: try self.sqlWrite(task)
        case .sqlCount: self.sqlCount(task)
        case .blocksStart: try self.blocksStart(task)
        case .blocksDone: self.blocksDone()
        case .blocksCheck: try self.blocksCheck(task)
        }
    }

    /// The path of a file that the task names: a plain name in the scratch directory, whoever asks.
    func path(_ task: Message, _ key: String = "file") throws(WorkError) -> String {
        let name: String
        do throws(DoctorError) { name = try task.text(key) } catch { throw .doctor(error) }
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            throw .doctor(.garbled("the file name \(name.prefix(60))"))
        }
        return "\(self.scratch)/\(name)"
    }

    func kind(_ task: Message) throws(WorkError) -> LockKind {
        guard let kind = LockKind(rawValue: task["kind"] ?? "") else {
            throw .doctor(.garbled("\(task.verb) without a kind of lock"))
        }
        return kind
    }

    func value(
        _ task: Message, _ key: String, in bounds: ClosedRange<Int64>
    ) throws(WorkError) -> Int64 {
        do throws(DoctorError) { return try task.number(key, in: bounds) } catch { throw .doctor(error) }
    }

    /// How long the task may go on, in milliseconds.
    func time(_ task: Message) throws(WorkError) -> Deadline {
        Deadline(inMilliseconds: try self.value(task, "ms", in: 0...600_000))
    }

    /// Lets calls that fail with ``SystemFailure`` stand beside others.
    func system<Value>(_ body: () throws(SystemFailure) -> Value) throws(WorkError) -> Value {
        do throws(SystemFailure) { return try body() } catch { throw .system(error) }
    }
}

/// Why a task cannot be carried out.
enum WorkError: Error {
    case system(SystemFailure)
    case doctor(DoctorError)
}
