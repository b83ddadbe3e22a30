import Testing

@testable import BrokerCore

/// Hostile bytes and texts: none traps, and what is accepted is consistent over all forms.
struct PropertyFuzzTests {
    private static let seeds: Range<UInt64> = 0..<6

    /// What must hold of any bytes.
    private func check(_ encoded: [UInt8], _ seed: UInt64) {
        var json: [UInt8] = []
        let note: Comment = "seed \(seed): \(hex(encoded))"
        let map: Result<PropertyMap, PropertyError> = attempt { try PropertyMap(decoding: encoded) }
        let exact: Result<Bool, PropertyError> = attempt { try PropertyMap.encodeJSON(of: encoded, into: &json) }
        let removed: Result<[UInt8], PropertyError> = attempt { try PropertyMap.removing("a", from: encoded) }
        _ = PropertyMap.selectorValue(of: "b", in: encoded)
        switch (map, exact) {
        case (.success(let map), .success(let isExact)):
            let again: Result<[UInt8], PropertyError> = attempt { try PropertyMap.decodeJSON(json) }
            if isExact {
                #expect(again == .success(encoded), note)
                #expect(attempt { try map.encoded() } == .success(encoded), note)
            } else {
                #expect(again != .success(encoded), note)
            }
            var smaller = map
            smaller["a"] = nil
            if isExact { #expect(removed == attempt { try smaller.encoded() }, note) }
            for entry in map.entries.prefix(4) {
                #expect(
                    attempt { try PropertyMap.value(of: entry.name.string, in: encoded) }
                        == .success(map[entry.name.string]), note)
            }
        case (.failure(let first), .failure(let second)):
            #expect(first == second, note)
            #expect(json.isEmpty, note)
        default: Issue.record(note)
        }
    }

    private func attempt<Value>(_ work: () throws -> Value) -> Result<Value, PropertyError> {
        do {
            return .success(try work())
        } catch let error as PropertyError {
            return .failure(error)
        } catch {
            Issue.record("another kind of error: \(error)")
            return .failure(.truncated(offset: -1))
        }
    }

    private func randomText(_ chance: inout SeededChance) -> PropertyText {
        PropertyText(
            ModifiedUTF8.decode(chance.bytes(upTo: 6))
                + chance.string(of: ["a", "b", "\0", "\u{1f600}", "\"", "é"], upTo: 5))
    }

    private func randomValue(_ chance: inout SeededChance, depth: Int) -> PropertyValue {
        let bits = chance.next()
        return switch chance.below(depth > 0 ? 14 : 12) {
        case 0: .null
        case 1: .bool(bits & 1 == 0)
        case 2: .byte(Int8(truncatingIfNeeded: bits))
        case 3: .char(UInt16(truncatingIfNeeded: bits))
        case 4: .short(Int16(truncatingIfNeeded: bits))
        case 5: .int(Int32(truncatingIfNeeded: bits))
        case 6: .long(Int64(bitPattern: bits))
        case 7:
            .double(
                Double(bitPattern: chance.below(2) == 0 ? bits : bits & 0x8000_0000_0000_0001 | 0x7ff0_0000_0000_0000))
        case 8: .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case 9: .string(randomText(&chance))
        case 10: .bytes(chance.bytes(upTo: 9))
        case 11: .bigString(randomText(&chance))
        case 12: .map(randomMap(&chance, depth: depth - 1))
        default: .list((0..<chance.below(5)).map { _ in randomValue(&chance, depth: depth - 1) })
        }
    }

    private func randomMap(_ chance: inout SeededChance, depth: Int) -> PropertyMap {
        PropertyMap(
            entries: (0..<chance.below(6)).map { _ in
                PropertyMap.Entry(name: randomText(&chance), value: randomValue(&chance, depth: depth))
            })
    }

    @Test(arguments: seeds)
    func randomMapsSurviveAllForms(seed: UInt64) throws {
        var chance = SeededChance(seed: seed)
        for _ in 0..<600 {
            let map = randomMap(&chance, depth: 3)
            let encoded = try map.encoded()
            #expect(try PropertyMap(decoding: encoded) == map, "seed \(seed)")
            var json: [UInt8] = []
            #expect(try map.encodeJSON(into: &json), "seed \(seed)")
            #expect(try PropertyMap(json: json) == map, "seed \(seed)")
        }
    }

    @Test(arguments: seeds)
    func mutatedBytes(seed: UInt64) throws {
        var chance = SeededChance(seed: seed)
        for _ in 0..<1_200 {
            var encoded =
                chance.below(3) == 0
                ? bytes(hex: RecordedProperties.headersHex) : try randomMap(&chance, depth: 3).encoded()
            for _ in 0...chance.below(4) where !encoded.isEmpty {
                let place = chance.below(encoded.count)
                switch chance.below(5) {
                case 0: encoded.remove(at: place)
                case 1: encoded.insert(UInt8(chance.below(16)), at: place)
                case 2: encoded[place] = UInt8(truncatingIfNeeded: chance.next())
                case 3: encoded[place] = UInt8(chance.below(16))
                default: encoded.removeLast(min(encoded.count, chance.below(8)))
                }
            }
            check(encoded, seed)
        }
    }

    @Test(arguments: seeds)
    func randomBytes(seed: UInt64) {
        var chance = SeededChance(seed: seed)
        for _ in 0..<1_200 {
            check(chance.bytes(upTo: 40), seed)
            check([0, 0, 0, UInt8(chance.below(4))] + chance.bytes(upTo: 40).map { $0 % 16 }, seed)
        }
    }

    @Test(arguments: seeds)
    func mutatedTexts(seed: UInt64) throws {
        var chance = SeededChance(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "\\ud83d", "1", "-", ".5", "e3", "null", "{\"map\":{",
            "{\"long\":", " ", "\0", "\u{1f600}",
        ]
        for _ in 0..<800 {
            var json: [UInt8] = []
            _ = try (chance.below(3) == 0 ? RecordedProperties.headers : randomMap(&chance, depth: 3)).encodeJSON(
                into: &json)
            for _ in 0...chance.below(3) where !json.isEmpty {
                let place = chance.below(json.count)
                switch chance.below(4) {
                case 0: json.remove(at: place)
                case 1: json.insert(contentsOf: chance.pick(pieces).utf8, at: place)
                case 2: json[place] = UInt8(truncatingIfNeeded: chance.next())
                default: json.removeLast(min(json.count, chance.below(10)))
                }
            }
            guard case .success(let encoded) = attempt({ try PropertyMap.decodeJSON(json) }) else { continue }
            var again: [UInt8] = []
            #expect(attempt { try PropertyMap.encodeJSON(of: encoded, into: &again) } == .success(true), "seed \(seed)")
            #expect(attempt { try PropertyMap.decodeJSON(again) } == .success(encoded), "seed \(seed)")
        }
    }
}
