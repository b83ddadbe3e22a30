/// Properties that the broker itself sets.
enum BrokerProperties {
    /// The encoded properties with one more and without `others`, or as they were where they are malformed: a producer's mistake must not
    /// keep its message out of the dead letter queue.
    static func setting(
        _ name: String, to value: PropertyValue, removing others: [String] = [], in bytes: [UInt8]?
    ) -> [UInt8]? {
        do throws(PropertyError) {
            return try PropertyMap.setting(name, to: value, removing: others, in: bytes ?? [0, 0, 0, 0])
        } catch {
            return bytes
        }
    }

    /// The encoded form of properties the broker made up. Too long a text loses them all, which only advisories show.
    static func encoded(_ properties: [(String, PropertyValue)]) -> [UInt8]? {
        let map = PropertyMap(entries: properties.map { .init(name: PropertyText($0.0), value: $0.1) })
        do throws(PropertyError) {
            return try map.encoded()
        } catch {
            return nil
        }
    }
}
