/// What the machine wants people to know. The driver puts it into words, for this file system.
package enum ElectionNotice: Hashable, Sendable {
    /// How a lock turned out to be false.
    package enum FalseLock: Hashable, Sendable {
        /// Both locks were granted to this broker while the other one beats as master or as an earlier claimant.
        case grantedBeside(Peer)
        /// The same, where only the lease shows the other one.
        case grantedBesideLease(LeaseRow)
        /// The other one claims while this broker is master, or before it in the order of claims.
        case claimedBeside(Peer)
        /// A master of an earlier epoch beats on.
        case formerMaster(Peer)
        /// One kind was granted, the other refused.
        case kindsDisagree(LockDisagreement, holder: LeaseRow?)
        /// Kinds granted to this broker on the probe files that the master holds.
        case probed(LockMatrix, holder: Peer)

        /// The other one of the pair.
        var other: InstanceID? {
            switch self {
            case .grantedBeside(let peer), .claimedBeside(let peer), .formerMaster(let peer), .probed(_, let peer):
                peer.instance
            case .grantedBesideLease(let row): row.holder.instance
            case .kindsDisagree(_, let row): row?.holder.instance
            }
        }
    }

    /// A lock that the holder has is refused here while the holder beats.
    case lockProven(Peer)
    case lockFalse(FalseLock)
    /// What made a lock false is over, or was never true of this holder.
    case lockFalseOver
    /// The lock files were replaced while this broker stood by.
    case lockFilesReplaced
    case lockUnusable(SystemFailure)
    case holder(HolderVerdict)
    /// A live broker's copy of this one's beat is this much behind.
    case viewStale(Peer, behind: Int64?)
    case viewGood
    /// `isExcluded`: this broker stays out for as long as the other beats.
    case nameDuplicate(Peer, isExcluded: Bool)
    case nameUnique
    /// This process knew a higher epoch than the directory now shows.
    case restoredBackup(known: Epoch, found: Epoch)

    /// What a refused broker sees of the holder.
    package enum HolderVerdict: Hashable, Sendable {
        case refused(by: LeaseRow?)
        case hung(LeaseRow, silentFor: Duration, life: ProcessLife)
        case stale(LeaseRow, silentFor: Duration, life: ProcessLife)
        case waiting(LeaseRow, silentFor: Duration, atMost: Duration)
        case moving(LeaseRow)
    }
}
