/// What the composition root does when the election says so.
///
/// Every call comes from a thread of the elector and must return soon: beats wait for it. None of them may call
/// ``Elector/release()``, which waits for the elector's thread; do that from another thread.
package protocol ElectionDelegate: AnyObject, Sendable {
    /// The epoch in the store's own fence, nil where there is no store yet. Asked with both locks held and before an
    /// epoch is claimed, so that a directory whose epoch files and lease were lost still goes on above it.
    func fenceEpoch() -> Epoch?

    /// This broker is master under the term's epoch: raise the store's fence, recover the store, open the connectors,
    /// then call ``Elector/servingStarted()``. Start that here and return.
    func becomeMaster(_ term: Term, gate: CommitGate)

    /// After a pause of the process: does the store's fence still carry this epoch? Lock and lease were found to.
    func proveFence(_ epoch: Epoch) -> FenceProof

    /// Not master any more, and the gate is shut. Close the connectors, close the store (abandon it where
    /// ``StepDownReason/mustAbandonStore``), then call ``Elector/release()``; whatever is not done at the exit time
    /// ends with the process. Called at most once.
    func stepDown(_ reason: StepDownReason)
}

/// What the store's fence says after a pause.
package enum FenceProof: Hashable, Sendable {
    case ours
    case another(Epoch)
    /// It cannot be read from here without disturbing the writer; its next transaction proves it.
    case unknown
}
