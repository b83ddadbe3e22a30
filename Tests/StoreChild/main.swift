// Fills a store until it is killed, and says on standard output what was confirmed: a test kills it and looks whether
// all of that is there. Arguments: directory, epoch, seed, and `jobs` for scheduled messages (Jobs.swift).
//
//     +FIRST LAST    these were stored
//     ?SEQUENCE      its removal is handed over, and may happen from now on
//     -SEQUENCE      it was removed

import BrokerCore
import Glibc
import SQLiteStore
import TestSupport

struct OpenGate: CommitGate {
    func prove() throws(GateClosed) {}
    func proveCommitted() throws(GateClosed) {}
}

func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else { exit(1) }
}

let arguments = CommandLine.arguments
guard arguments.count >= 4, let epoch = Int64(arguments[2]), let seed = UInt64(arguments[3]) else { exit(64) }
var configuration = StoreConfiguration(directory: arguments[1], profile: .local, holder: "child \(epoch)")
configuration.checkpointPages = 50
configuration.timesAtOnce = 40
let (store, snapshot) = try SQLiteStore.open(configuration: configuration, epoch: epoch, gate: OpenGate())
let driver = StoreDriver(store)
let queue = DestinationID(1)
if snapshot.destinations.isEmpty {
    try await driver.commit { $0.newDestinations = [.init(id: queue, destination: .queue("Q"))] }
}

var random = SeededRandom(seed: seed)
var last = snapshot.lastSequence.rawValue
if arguments.count > 4 { try await keepJobs(driver, queue: queue, last: last, seed: seed) }
var stored: [Int64] = []
while true {
    let first = last + 1
    last += Int64.random(in: 1...20, using: &random)
    let removed = stored.shuffled(using: &random).prefix(Int.random(in: 0...15, using: &random))
    for sequence in removed { say("?\(sequence)") }
    try await driver.commit { batch in
        for sequence in first...last { batch.insert(sequence, queue, SampleMessage.numbered(sequence)) }
        for sequence in removed { batch.remove(sequence, from: .queue(queue)) }
    }
    say("+\(first) \(last)")
    for sequence in removed { say("-\(sequence)") }
    stored = stored.filter { !removed.contains($0) } + Array(first...last)
}
