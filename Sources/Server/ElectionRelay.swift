import Election
import SQLiteStore
import Synchronization

/// What the process is told to do, in the order in which it was said.
enum Order: Sendable {
    case becomeMaster(Term, MasterGate)
    case stepDown(StepDownReason)
    /// A signal asked the process to end.
    case stop
    /// The pause after a failed term is over.
    case standAgain
}

/// Passes the elector's word on to the process, without making the elector wait.
///
/// What must not wait happens right here: on stepping down every connection is cut before the order is passed on.
final class ElectionRelay: ElectionDelegate {
    private let directory: String
    private let order: @Sendable (Order) -> Void
    /// Guards what cuts the connections of the term under way: the process sets it, the elector's threads call it.
    private let cut = Mutex<(@Sendable () -> Void)?>(nil)

    init(directory: String, order: @escaping @Sendable (Order) -> Void) {
        self.directory = directory
        self.order = order
    }

    /// Sets, or with nil forgets, what cuts off the clients of this term.
    func onStepDown(_ cut: (@Sendable () -> Void)?) { self.cut.withLock { $0 = cut } }

    func fenceEpoch() -> Epoch? {
        // Where it cannot be read, opening the store looks again, and refuses an epoch that is not above the fence.
        self.fence
    }

    func becomeMaster(_ term: Term, gate: MasterGate) { self.order(.becomeMaster(term, gate)) }

    func proveFence(_ epoch: Epoch) -> FenceProof {
        // A store that locks out readers proves it in its writer's next transaction.
        guard let fence = self.fence else { return .unknown }
        return fence == epoch ? .ours : .another(fence)
    }

    func stepDown(_ reason: StepDownReason) {
        let cut = self.cut.withLock { cut in
            defer { cut = nil }
            return cut
        }
        cut?()
        self.order(.stepDown(reason))
    }

    /// The epoch in the store's fence, nil where there is none or it cannot be read from outside the writer.
    private var fence: Epoch? {
        do throws(StoreInspectionError) {
            return try StoreInspector.report(onDirectory: self.directory).fence.map { Epoch($0.epoch) }
        } catch {
            return nil
        }
    }
}
