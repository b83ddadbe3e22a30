import Synchronization

/// A gate that a test opens and closes.
final class Switch: Sendable {
    private let state = Atomic(true)

    var isOn: Bool {
        get { self.state.load(ordering: .sequentiallyConsistent) }
        set { self.state.store(newValue, ordering: .sequentiallyConsistent) }
    }
}
