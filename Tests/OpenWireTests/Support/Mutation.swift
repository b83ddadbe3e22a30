/// Damage of the kinds that find faults in decoders.
enum Mutation {
    /// Changes `bytes` from `start` on: flipped bits, overwritten counts, cuts, insertions and splices.
    static func apply(to bytes: inout [UInt8], from start: Int, using random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard bytes.count > start else { return }
            let place = Int.random(in: start..<bytes.count, using: &random)
            switch Int.random(in: 0..<7, using: &random) {
            case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 3: self.overwriteCount(in: &bytes, at: place, using: &random)
            case 4: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &random)))
            case 5: bytes.insert(.random(in: 0...255, using: &random), at: place)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: start...bytes.count, using: &random))
            }
        }
    }

    private static func overwriteCount(in bytes: inout [UInt8], at place: Int, using random: inout SeededGenerator) {
        let counts: [[UInt8]] = [
            [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0x06, 0x40, 0, 0], [0x7F, 0xFF],
            [0xFF, 0xFF], [0x80, 0], [0, 0], [0, 0, 0, 0],
        ]
        for (offset, byte) in (counts.randomElement(using: &random) ?? []).enumerated()
        where place + offset < bytes.count {
            bytes[place + offset] = byte
        }
    }
}
