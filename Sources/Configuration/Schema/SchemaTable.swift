/// The names of ActiveMQ Classic 5.17's configuration: every element with its attributes and its parts. Some that
/// versions before had, and that versions after added, are among them.
///
/// One element, or several alike, begin an entry: `names:`. An attribute ends with the sign of its kind (`?` true or
/// false, `#` a whole number of 32 bits, `+` one of 64 bits, `%` a decimal number, `~` a size in bytes, none for text).
/// A part, which is written as an element around its values, names in parentheses what it may hold; nothing there: any.
/// Every element may have an `id`.
package enum SchemaTable {
    static let all = Schema([SchemaTable.broker, SchemaTable.policies, SchemaTable.stores, SchemaTable.others])
}
