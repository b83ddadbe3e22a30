@testable import OpenWire

/// Fills every field of a structure with chance values that lie at the edges of what the field holds.
struct FillingVisitor: FieldVisitor {
    static var reads: Bool { true }
    let version: Int32
    var random: SeededGenerator
    private var depth = 0

    init(version: Int32, random: SeededGenerator) {
        self.version = version
        self.random = random
    }

    /// A command of the given type, nil where this version has none.
    mutating func command(type: UInt8) throws(OpenWireError) -> OpenWireCommand? {
        do {
            return try OpenWireCommand.build(type: type, with: &self)
        } catch .typeNotInVersion {
            return nil
        }
    }

    static let types = DescribingVisitor.names.keys.filter { $0 != 1 }.sorted()

    mutating func bool(_ value: inout Bool, _ label: StaticString) { value = .random(using: &self.random) }
    mutating func int8(_ value: inout Int8, _ label: StaticString) { value = self.integer() }
    mutating func int16(_ value: inout Int16, _ label: StaticString) { value = self.integer() }
    mutating func int32(_ value: inout Int32, _ label: StaticString) { value = self.integer() }
    mutating func long(_ value: inout Int64, _ label: StaticString) { value = self.integer() }
    mutating func raw8(_ value: inout UInt64, _ label: StaticString) {}

    mutating func string(_ value: inout WireString?, _ label: StaticString) { value = self.text() }

    mutating func bytes(_ value: inout [UInt8]?, _ label: StaticString) {
        guard self.chance(of: 3) else {
            value = nil
            return
        }
        value = (0..<Int.random(in: 0...40, using: &self.random)).map { _ in .random(in: 0...255, using: &self.random) }
    }

    mutating func object<T: WireObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        value = try self.build()
    }

    mutating func cached<T: CacheableObject>(_ value: inout T?, _ label: StaticString) throws(OpenWireError) {
        value = try self.build()
    }

    mutating func objects<T: WireObject>(_ value: inout [T?]?, _ label: StaticString) throws(OpenWireError) {
        guard self.chance(of: 2) else {
            value = nil
            return
        }
        var elements: [T?] = []
        for _ in 0..<Int.random(in: 0...3, using: &self.random) { elements.append(try self.build()) }
        value = elements
    }

    mutating func throwable(_ value: inout WireThrowable?, _ label: StaticString) {
        value = nil
        for _ in 0..<Int.random(in: 0...3, using: &self.random) {
            let stack = (0..<Int.random(in: 0...2, using: &self.random)).map { _ in
                WireThrowable.StackFrame(
                    className: self.text(), methodName: self.text(), fileName: self.text(), line: self.integer())
            }
            value = WireThrowable(className: self.text(), message: self.text(), stackTrace: stack, cause: value)
        }
    }

    private mutating func build<T: WireObject>() throws(OpenWireError) -> T? {
        guard self.depth < 3, self.chance(of: 5) else { return nil }
        self.depth += 1
        defer { self.depth -= 1 }
        let first = Int.random(in: 0..<Self.types.count, using: &self.random)
        for type in Self.types[first...] + Self.types[..<first] {
            do {
                return try T.build(type: type, with: &self)
            } catch .unexpectedType {
                continue
            } catch .typeNotInVersion {
                continue
            }
        }
        return nil
    }

    /// True `n` times in `n + 1`.
    private mutating func chance(of n: Int) -> Bool { Int.random(in: 0...n, using: &self.random) > 0 }

    private mutating func integer<I: FixedWidthInteger>() -> I {
        let edges: [Int64] = [0, 0, 1, -1, 127, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, .max, .min]
        return I(truncatingIfNeeded: edges.randomElement(using: &self.random) ?? 0)
    }

    private mutating func text() -> WireString? {
        // A lone surrogate, an overlong slash, a four-byte sequence, stray bytes: no Swift string encodes to them.
        let raw: [[UInt8]] = [[0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF0, 0x9F, 0x98, 0x80], [0x61, 0xFF, 0x80]]
        switch Int.random(in: 0..<8, using: &self.random) {
        case 0: return nil
        case 1: return ""
        case 2: return "caf\u{E9} \u{4E2D} \u{1F600} nul\u{0}end"
        case 3:
            let bytes = raw.randomElement(using: &self.random) ?? []
            return bytes.withUnsafeBytes { WireString(modifiedUTF8: $0) }
        case 4: return WireString(String(repeating: "long text ", count: 30))
        default: return WireString("ID:host-\(Int.random(in: 0..<40, using: &self.random)):1")
        }
    }
}
