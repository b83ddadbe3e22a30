import BrokerCore
import SQLite

/// The columns `message.properties` and `message.properties_raw`: JSON for people and for us, and beside it the bytes
/// as they came where the JSON would not give the very same bytes back.
struct PropertiesColumns {
    private var json: [UInt8] = []

    /// Binds both columns, at `index` and the one after it.
    mutating func bind(_ properties: [UInt8]?, to statement: Statement, at index: Int32) throws(SQLiteError) {
        guard let properties else {
            try statement.bindNull(at: index)
            return try statement.bindNull(at: index + 1)
        }
        switch self.encode(properties) {
        case .exact:
            try statement.bind(utf8: self.json, at: index)
            try statement.bindNull(at: index + 1)
        case .readable:
            try statement.bind(utf8: self.json, at: index)
            try statement.bind(properties, at: index + 1)
        case .malformed:
            try statement.bindNull(at: index)
            try statement.bind(properties, at: index + 1)
        }
    }

    private enum Outcome {
        /// The JSON stands for exactly these bytes.
        case exact
        /// The JSON tells people what is in them, no more.
        case readable
        /// A peer may send anything as properties.
        case malformed
    }

    private mutating func encode(_ properties: [UInt8]) -> Outcome {
        self.json.removeAll(keepingCapacity: true)
        do throws(PropertyError) {
            return try PropertyMap.encodeJSON(of: properties, into: &self.json) ? .exact : .readable
        } catch {
            return .malformed
        }
    }

    /// The bytes as they came; nil for a text that we never write.
    static func bytes(ofText text: [UInt8]) -> [UInt8]? {
        do throws(PropertyError) {
            return try PropertyMap.decodeJSON(text)
        } catch {
            return nil
        }
    }
}
