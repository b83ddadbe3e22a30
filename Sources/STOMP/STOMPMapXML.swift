import BrokerCore

/// Maps as ActiveMQ's `jms-map-xml`:
///
///     <map><entry><string>name</string><string>Ann</string></entry>
///          <entry><string>count</string><int>7</int></entry></map>
///
/// Only these elements are known: no attributes, declarations, comments or references to anything outside, so that
/// reading costs what the text is long.
enum STOMPMapXML {
    static func write(_ map: PropertyMap) -> [UInt8] {
        var xml = "<map>\n"
        for entry in map.entries {
            let type = STOMPValueText.typeName(of: entry.value) ?? "string"
            xml += "  <entry>\n    <string>\(self.escaped(entry.name.string))</string>\n"
            if case .null = entry.value {
                xml += "    <null/>\n"
            } else {
                xml += "    <\(type)>\(self.escaped(STOMPValueText.text(of: entry.value)))</\(type)>\n"
            }
            xml += "  </entry>\n"
        }
        xml += "</map>"
        return Array(xml.utf8)
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "<>&".utf8.contains($0) }) else { return text }
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// Nil for anything else than a map of that form.
    static func read(_ body: [UInt8]) -> PropertyMap? {
        var reader = Reader(rest: String(decoding: body, as: UTF8.self)[...])
        guard let root = reader.open(), root.name == "map" else { return nil }
        var map = PropertyMap()
        if root.isEmpty { return reader.isAtEnd ? map : nil }
        while let entry = reader.open() {
            guard entry.name == "entry", !entry.isEmpty, let name = reader.leaf(), name.type == "string",
                let value = reader.leaf(), reader.close("entry"),
                let typed = STOMPValueText.value(value.text, type: value.type)
            else { return nil }
            map.entries.append(.init(name: PropertyText(name.text), value: typed))
        }
        return reader.close("map") && reader.isAtEnd ? map : nil
    }

    private struct Reader {
        var rest: Substring

        private mutating func skipSpace() {
            while let first = rest.utf8.first, first <= 0x20 { self.rest.unicodeScalars.removeFirst() }
        }

        var isAtEnd: Bool { self.rest.utf8.allSatisfy { $0 <= 0x20 } }

        /// An opening tag; `isEmpty` for `<name/>`.
        mutating func open() -> (name: String, isEmpty: Bool)? {
            self.skipSpace()
            guard self.rest.hasPrefix("<"), !self.rest.hasPrefix("</"), let end = self.rest.firstIndex(of: ">") else {
                return nil
            }
            var name = self.rest[self.rest.index(after: self.rest.startIndex)..<end]
            let isEmpty = name.hasSuffix("/")
            if isEmpty { name = name.dropLast() }
            guard name.utf8.count <= 16, name.utf8.allSatisfy({ $0 == 0x2d || (0x61...0x7a).contains($0) }) else {
                return nil
            }
            self.rest = self.rest[self.rest.index(after: end)...]
            return (String(name), isEmpty)
        }

        mutating func close(_ name: String) -> Bool {
            self.skipSpace()
            let tag = "</\(name)>"
            guard self.rest.hasPrefix(tag) else { return false }
            self.rest = self.rest.dropFirst(tag.count)
            return true
        }

        mutating func leaf() -> (type: String, text: String)? {
            guard let tag = self.open() else { return nil }
            if tag.isEmpty { return (tag.name, "") }
            guard let end = self.rest.firstIndex(of: "<") else { return nil }
            guard let text = Self.unescaped(self.rest[..<end]) else { return nil }
            self.rest = self.rest[end...]
            return self.close(tag.name) ? (tag.name, text) : nil
        }

        private static func unescaped(_ text: Substring) -> String? {
            guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
            var result = ""
            var rest = text
            while let start = rest.firstIndex(of: "&") {
                result += rest[..<start]
                guard let end = rest[start...].firstIndex(of: ";") else { return nil }
                switch rest[rest.index(after: start)..<end] {
                case "lt": result += "<"
                case "gt": result += ">"
                case "amp": result += "&"
                case "quot": result += "\""
                case "apos": result += "'"
                case let name:
                    guard name.hasPrefix("#"), let scalar = Self.scalar(name.dropFirst()) else { return nil }
                    result.unicodeScalars.append(scalar)
                }
                rest = rest[rest.index(after: end)...]
            }
            return result + rest
        }

        private static func scalar(_ digits: Substring) -> Unicode.Scalar? {
            let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap { Unicode.Scalar($0) }
        }
    }
}
