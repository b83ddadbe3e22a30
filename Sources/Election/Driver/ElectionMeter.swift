import Synchronization

/// Counts what the election does, for metrics: written by the elector's threads, read by any.
///
/// One meter serves the whole life of a process; it is handed to each of its candidacies, so that counters never go
/// back. Nothing in it takes longer than a copy, and it never touches a file.
package final class ElectionMeter: Sendable {
    /// Guards the figures, which the elector and its watch both add to while others copy them.
    private let kept = Mutex(ElectionFigures())

    package init() {}

    package var figures: ElectionFigures { self.kept.withLock { $0 } }

    /// Called for every event, at the one place where all of them pass.
    func count(_ event: ElectionEvent) {
        self.kept.withLock { figures in
            figures.events[event.name, default: 0] += 1
            if event.name == .takeoverFinished, let duration = event.duration { figures.takeovers.add(duration) }
        }
    }

    /// A beat of this broker is over.
    ///
    /// - Parameter isGood: it proved whatever this broker's part needs: a master's lock and lease, a standby's record.
    func beatEnded(from start: BootInstant, to end: BootInstant, isGood: Bool) {
        self.kept.withLock { figures in
            figures.beats.add(end - start)
            figures.lastBeat = start
            if isGood { figures.lastGoodBeat = start } else { figures.badBeats += 1 }
        }
    }

    /// What is wrong now, by the names of events; replaces what was said before.
    func hold(alarms: [String]) {
        self.kept.withLock { figures in
            if figures.alarms != alarms { figures.alarms = alarms }
        }
    }
}

/// What an ``ElectionMeter`` has counted since its process started.
package struct ElectionFigures: Hashable, Sendable {
    /// An event that did not happen is not in it.
    package fileprivate(set) var events: [ElectionEvent.Name: Int64] = [:]
    /// From the grant of the locks until this broker served.
    package fileprivate(set) var takeovers = DurationHistogram(
        bounds: [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60].map { .seconds($0) })
    /// How long own beats took, storage included.
    package fileprivate(set) var beats = DurationHistogram(
        bounds: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].map { .seconds($0) })
    package fileprivate(set) var badBeats: Int64 = 0
    /// When the last beat began, and the last good one; nil before the first.
    package fileprivate(set) var lastBeat: BootInstant?
    package fileprivate(set) var lastGoodBeat: BootInstant?
    /// Names of events that hold now.
    package fileprivate(set) var alarms: [String] = []

    package init() {}

    package func count(of name: ElectionEvent.Name) -> Int64 { self.events[name] ?? 0 }
}
