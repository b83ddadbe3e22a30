/// The one row of table `lease`: which broker believes it is master.
///
/// Evidence and fence; the operating system's locks decide who may write it.
package struct LeaseRow: Hashable, Sendable {
    /// How far the holder's term has come. The raw values are what SQL shows.
    package enum Phase: String, Hashable, Sendable {
        /// The holder has won the election and is opening its store.
        case acquired = "ACQUIRED"
        /// The holder serves clients.
        case active = "ACTIVE"
        /// The holder gave up for a reason that `ha_event` names.
        case steppedDown = "STEPPED_DOWN"
        /// The holder stopped cleanly.
        case released = "RELEASED"

        /// Somebody holds the lease, or died holding it.
        package var isHeld: Bool { self == .acquired || self == .active }
    }

    package var epoch: Epoch
    package var holder: BrokerIdentity
    package var phase: Phase
    /// Unix times by the holder's clock, for people.
    package var acquiredAtMilliseconds: Int64
    package var renewedAtMilliseconds: Int64
    /// When the term ended, for a released lease.
    package var endedAtMilliseconds: Int64?
    /// Grows with each renewal: others time its movement with their own clocks.
    package var counter: Int64
    /// The holder's own times, so that others wait as long as it needs.
    package var times: ElectionTimes

    package init(
        epoch: Epoch, holder: BrokerIdentity, phase: Phase, acquiredAtMilliseconds: Int64,
        renewedAtMilliseconds: Int64, endedAtMilliseconds: Int64? = nil, counter: Int64 = 0, times: ElectionTimes
    ) {
        self.epoch = epoch
        self.holder = holder
        self.phase = phase
        self.acquiredAtMilliseconds = acquiredAtMilliseconds
        self.renewedAtMilliseconds = renewedAtMilliseconds
        self.endedAtMilliseconds = endedAtMilliseconds
        self.counter = counter
        self.times = times
    }
}

/// What a look at `lease.db` by somebody who does not hold the locks can show.
package enum LeaseSighting: Hashable, Sendable {
    case row(LeaseRow)
    /// There is no `lease.db`, or no broker has ever been master in it.
    case none
    /// The look failed in a way that passes: the file is locked, or a journal looks hot. Look again.
    case unclear(String)
    /// The file is no lease database: damaged, or something else under its name.
    case unreadable(String)
    /// The schema is newer than this program.
    case newer(String)
}
