import SQLite

/// Finds which page of a damaged database is at fault, for the operator.
enum DamagedPage {
    /// The first finding of SQLite's quick check. Not sought in databases so large that the answer would come late.
    static func find(in database: Database) -> String? {
        do throws(SQLiteError) {
            guard try database.pageCount() * database.pageSize() <= 256 << 20 else { return nil }
            let finding = try database.firstDamage()
            // The finding opens with a line that names the database "main".
            return finding?.split(separator: "\n").last.map(String.init)
        } catch {
            // So damaged that not even the check runs: its words are the best there is.
            return error.message
        }
    }
}
