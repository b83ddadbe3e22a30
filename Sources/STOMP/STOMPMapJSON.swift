import BrokerCore

/// What a body that should be a map is not.
enum STOMPMapError: Error, Hashable, Sendable, CustomStringConvertible {
    case notJSON
    case notAMap
    case unknownValue(name: String)

    var description: String {
        switch self {
        case .notJSON: "the body is not JSON"
        case .notAMap: "the body is no map"
        case .unknownValue(let name): "the value of \(name) has no type of a map message"
        }
    }
}

/// Maps as ActiveMQ's `jms-map-json`:
///
///     {"map":{"entry":[{"string":["name","Ann"]},{"string":"count","int":7}]}}
///
/// Each entry is a string, the name, and a value under the name of its type; where that is a string too the two share
/// an array. A lone entry needs no array. What does not begin with `map` is read as a plain object, whose values have
/// the types that JSON gives them. Streams are written as an array of such values.
enum STOMPMapJSON {
    static func write(_ map: PropertyMap) -> [UInt8] {
        var json = Array("{\"map\":{\"entry\":[".utf8)
        for (index, entry) in map.entries.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += "{\"string\":".utf8
            let type = STOMPValueText.typeName(of: entry.value) ?? "string"
            if type == "string" {
                json.append(UInt8(ascii: "["))
                JSONValue.write(entry.name.string, into: &json)
                json.append(UInt8(ascii: ","))
                JSONValue.write(STOMPValueText.text(of: entry.value), into: &json)
                json += "]}".utf8
            } else {
                JSONValue.write(entry.name.string, into: &json)
                json += ",\"\(type)\":".utf8
                self.write(entry.value, into: &json)
                json.append(UInt8(ascii: "}"))
            }
        }
        return json + "]}}".utf8
    }

    static func write(_ stream: [PropertyValue]) -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "[")]
        for (index, value) in stream.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += "{\"\(STOMPValueText.typeName(of: value) ?? "string")\":".utf8
            self.write(value, into: &json)
            json.append(UInt8(ascii: "}"))
        }
        json.append(UInt8(ascii: "]"))
        return json
    }

    private static func write(_ value: PropertyValue, into json: inout [UInt8]) {
        switch value {
        case .null: json += "\"\"".utf8
        case .bool, .byte, .short, .int, .long: json += STOMPValueText.text(of: value).utf8
        case .double(let number) where number.isFinite: json += STOMPValueText.text(of: value).utf8
        case .float(let number) where number.isFinite: json += STOMPValueText.text(of: value).utf8
        default: JSONValue.write(STOMPValueText.text(of: value), into: &json)
        }
    }

    // MARK: Reading

    static func read(_ body: [UInt8]) throws(STOMPMapError) -> PropertyMap {
        guard let json = JSONValue(parsing: body) else { throw .notJSON }
        guard case .object(let members) = json else { throw .notAMap }
        guard members.count == 1, members[0].name == "map" else { return try self.plain(members) }
        switch members[0].value {
        case .object(let content):
            guard !content.isEmpty else { return PropertyMap() }
            guard content.count == 1, content[0].name == "entry" else { throw .notAMap }
            return try self.entries(content[0].value)
        // How the library writes an empty map.
        case .string(""): return PropertyMap()
        default: throw .notAMap
        }
    }

    private static func entries(_ value: JSONValue) throws(STOMPMapError) -> PropertyMap {
        var map = PropertyMap()
        let entries: [JSONValue] = if case .array(let values) = value { values } else { [value] }
        for entry in entries {
            guard case .object(let members) = entry else { throw .notAMap }
            var parts: [(type: String, text: String)] = []
            for member in members {
                let values: [JSONValue] = if case .array(let values) = member.value { values } else { [member.value] }
                for value in values {
                    guard let text = self.text(of: value) else { throw .unknownValue(name: member.name) }
                    parts.append((member.name, text))
                }
            }
            guard parts.count == 2, parts[0].type == "string" else { throw .notAMap }
            guard let value = STOMPValueText.value(parts[1].text, type: parts[1].type) else {
                throw .unknownValue(name: parts[0].text)
            }
            map.entries.append(.init(name: PropertyText(parts[0].text), value: value))
        }
        return map
    }

    private static func text(of value: JSONValue) -> String? {
        switch value {
        case .string(let text), .number(let text): text
        case .bool(let bool): bool ? "true" : "false"
        case .null: ""
        case .array, .object: nil
        }
    }

    private static func plain(_ members: [JSONValue.Member]) throws(STOMPMapError) -> PropertyMap {
        var map = PropertyMap()
        for member in members {
            let value: PropertyValue
            switch member.value {
            case .null: value = .null
            case .bool(let bool): value = .bool(bool)
            case .string(let text): value = .text(text)
            case .number(let text):
                value =
                    Int32(text).map { .int($0) } ?? Int64(text).map { .long($0) } ?? .double(Double(text) ?? .nan)
            case .array, .object: throw .unknownValue(name: member.name)
            }
            map.entries.append(.init(name: PropertyText(member.name), value: value))
        }
        return map
    }
}
